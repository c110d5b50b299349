"""The tips of the booklet, one file each: what each pushes, whom it gets to, what it takes, what it leaves out."""
