"""A complete status report for the tests of workers."""

from __future__ import annotations

from typing import Any

STATUS: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "gps": {"state": "GPS_FIX", "satellites_number": 9, "longitude": 24.94, "latitude": 60.17},
    "network": {
        "lan": {
            "subnet": "192.168.230.1/24",
            "ethernet": {"enabled": False},
            "wifi": {
                "enabled": True,
                "ssid": "pier-ap",
                "encryption": "WPA2-PSK",
                "key": "blue-anchor-7",
                "channel": "Auto",
                "hidden": False,
            },
        },
        "wan": {
            "active": "CELLULAR",
            "ethernet": {"enabled": True, "priority": 1, "online": False, "uptime": 0},
            "wifi": {"enabled": False, "priority": 2},
            "cellular": {
                "enabled": True,
                "priority": 3,
                "online": True,
                "ipv4AddrMask": "100.64.7.19/30",
                "uptime": 86000,
                "sim_present": True,
                "imsi": "244050000000017",
                "iccid": "89358000000000000017",
                "imei": "860000000000017",
                "signalLevel": 3,
                "rsrp": -98,
                "rsrq": -8,
                "sinr": 12,
                "rssi": -71,
                "rat": "LTE",
                "networkType": "FDD LTE",
                "autoSelect": True,
                "plmn": "24405",
            },
        },
    },
    "lora": {"activeNodes": 41, "txPackets": 118, "rxPackets": 20931},
    "storage": {"healthy": True, "total": 15185, "free": 14900, "used_percent": 1},
}
"""A status report with every field."""
