"""The online application of the Wohngeldbehörde: asks and previews, and collects nothing.

Run: `python -m onceonly.demo.wohngeld_online --port N --state DIR --hub URL`.
"""

from onceonly.demo.program import OfficeSystem, run

SYSTEM = OfficeSystem("wohngeld", "wohngeld-online")

if __name__ == "__main__":
    run(SYSTEM)
