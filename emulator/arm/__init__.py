"""Azure Resource Manager: what each type of resource accepts, refuses and answers."""
