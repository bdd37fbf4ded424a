"""Bundles: files that hold pages as members. Lists them and reads members, as streams, onto no disk.

    kinds      which kind, by content         streams  unpacking under limits, forward only
    zips, tars, warcs   one kind each: its members one after the other
    entries    the members' names made safe   reading  a bundle listed; one member fetched

Refuses members whose place is elsewhere (absolute, `..`, links, devices), what is encrypted, and whatever
unpacks to more than the limits; nothing of a member's name ever reaches the file system.
"""
