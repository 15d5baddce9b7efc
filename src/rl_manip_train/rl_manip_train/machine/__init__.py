"""The computer that trains: files, processes, devices, the revision that runs."""
