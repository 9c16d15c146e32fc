"""The online application of the Unterhaltsvorschuss office: asks and previews, and collects nothing.

Run: `python -m onceonly.demo.uvg_online --port N --state DIR --hub URL`.
"""

from onceonly.demo.program import OfficeSystem, run

SYSTEM = OfficeSystem("uvg", "uvg-online")

if __name__ == "__main__":
    run(SYSTEM)
