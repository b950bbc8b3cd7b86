-- The staff that evals/text-to-sql.yaml asks about.
CREATE TABLE staff (
  name TEXT NOT NULL,
  team TEXT NOT NULL,
  city TEXT NOT NULL,
  salary INTEGER NOT NULL,
  age INTEGER NOT NULL
);
INSERT INTO staff (name, team, city, salary, age) VALUES
  ('Ada', 'sales', 'Paris', 3200, 34),
  ('Ben', 'sales', 'London', 2900, 51),
  ('Cleo', 'support', 'Paris', 2500, 27),
  ('Dan', 'support', 'Rome', 2700, 45),
  ('Eve', 'design', 'London', 4100, 38),
  ('Finn', 'design', 'Rome', 3900, 29),
  ('Gus', 'sales', 'Rome', 3500, 62),
  ('Hana', 'support', 'London', 2600, 31),
  ('Ivo', 'design', 'Paris', 4400, 57),
  ('Jo', 'sales', 'Paris', 3100, 23);
