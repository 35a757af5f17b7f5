-- A competition's baseline is a line on the board, and nobody's place in the rankings.

ALTER TABLE submissions ADD COLUMN IF NOT EXISTS baseline boolean NOT NULL DEFAULT false;
--> statement-breakpoint
-- Their upload ids were made of competition and file.
UPDATE submissions s JOIN competitions c ON c.id = s.competition_id SET s.baseline = true
  WHERE s.upload_id = CONVERT(CONCAT('baseline-', LEFT(SHA2(CONCAT(c.slug, ' ', s.sha256), 256), 40)) USING ascii);
