"""What each address of the page answers: a function each, run in a thread with a store of its own."""
