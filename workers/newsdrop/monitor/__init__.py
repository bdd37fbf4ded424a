"""What stands where: the status of the whole, the audit of a folder. Changes nothing unasked."""
