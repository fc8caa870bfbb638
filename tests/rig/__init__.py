"""Real servers on loopback, for the end-to-end tests and the demo.

Every server here is one of Debian's, run out of build/servers (packaging/deps.sh
unpacks it there), as whoever calls, on free ports of 127.0.0.1. Nothing of the system's
own configuration, run folders or services is read, written or stopped, and nothing
outlives the process that started it.
"""
