"""Files of recordings, read and written: MCAP, SQLite, CDR, and what is irregular in them."""
