"""The online application of the Kita office: asks and previews, and collects nothing.

Run: `python -m onceonly.demo.kita_online --port N --state DIR --hub URL`.
"""

from onceonly.demo.program import OfficeSystem, run

SYSTEM = OfficeSystem("kita", "kita-online")

if __name__ == "__main__":
    run(SYSTEM)
