"""Motor currents against inverse dynamics: the masses checked, friction fitted."""
