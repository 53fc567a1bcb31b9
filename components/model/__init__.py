"""What the components are told and publish: plain values and their rules, no resource."""
