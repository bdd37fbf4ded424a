"""Bundles: files that contain pages as members. Lists them and reads members, as streams, without disk.

    kinds      which kind, by content         streams  unpacking under limits, forward only
    zips, tars, warcs   one kind each: its members one after the other
    entries    the members' names, made safe   reading  a bundle listed; one member fetched

Refuses members whose names point elsewhere (absolute, `..`, links, devices), encrypted members, and whatever
unpacks to more than the limits; a member's name never reaches the file system.
"""
