"""Python imports this at its start, if it finds it: what a process under test is rigged with.

    NEWSDROP_TEST_CLOCK        its wall clock can be moved (moved_clock.py)
    NEWSDROP_TEST_ACCIDENTS    files kill, hang or exhaust it (file_accidents.py)

Only what tests start is given this folder in its path (`tests/servers/rigged.py`); the product knows nothing
of it. Refuses to import anything of newsdrop's: that would change how its programs start.
"""

import file_accidents
import moved_clock

moved_clock.install()
file_accidents.install()
