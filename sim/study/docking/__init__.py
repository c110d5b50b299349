"""Published models and real records that modules of the city are set against."""
