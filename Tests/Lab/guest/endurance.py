"""What must stay as it is however long it goes on."""

from screening import flood


def a_million_strangers(bench):
    """Through a million advertisements from a million random addresses, 2,000 a second, filtered and thinned, memory stays flat"""
    # Far from all of them are published, for the subscriber's notes are kept in the guest's memory.
    flood(bench, "a million", 1_000_000, thinning__mode="changes", thinning__keep_alive=60,
          identities=[{"name": f"Phone {number}", "address": f"AA:BB:CC:00:00:{number:02X}", "irk": f"{number:032x}"} for number in range(1, 4)],
          filters__rules=[{"action": "deny", "rssi_below": -35}, {"action": "deny", "address": "00:11:22"},
                          {"action": "allow", "name": "nobody*"}, {"action": "deny", "event_type": "ADV_SCAN_IND"}])


a_million_strangers.limit = 800
