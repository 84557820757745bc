"""From whatever a person has about a service to proposed tools."""
