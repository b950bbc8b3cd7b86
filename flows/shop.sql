-- The shop that flows/search-by-task.yaml looks things up in.
CREATE TABLE product (name TEXT NOT NULL, aisle INTEGER NOT NULL, price REAL NOT NULL);
INSERT INTO product (name, aisle, price) VALUES
  ('flour', 3, 1.2), ('sugar', 3, 1.5), ('eggs', 7, 2.9), ('butter', 7, 2.4), ('milk', 7, 1.1),
  ('bread', 1, 2.2), ('cheese', 7, 3.8), ('ham', 8, 3.1), ('tea', 4, 2.6), ('coffee', 4, 5.9),
  ('pasta', 5, 1.0), ('tomatoes', 2, 2.1), ('onions', 2, 0.9), ('garlic', 2, 0.6), ('rice', 5, 1.8),
  ('paint', 11, 14.5), ('brush', 11, 4.2), ('tape', 11, 2.3), ('soap', 9, 1.7), ('sponge', 9, 1.3),
  ('lettuce', 2, 1.4), ('oil', 5, 4.9);
