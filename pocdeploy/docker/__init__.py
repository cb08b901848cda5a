"""Docker on this machine: engine, containers, ports and images."""
