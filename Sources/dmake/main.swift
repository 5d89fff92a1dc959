print("dmake")
