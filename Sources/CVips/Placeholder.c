// Replaced when the shim lands.
