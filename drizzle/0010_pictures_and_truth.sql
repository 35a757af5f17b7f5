-- What a competition shows besides its data: a picture, and where its rules allow it the public cases' truth.

ALTER TABLE competitions ADD COLUMN IF NOT EXISTS shows_public_truth boolean NOT NULL DEFAULT false AFTER max_upload_bytes;
--> statement-breakpoint
ALTER TABLE competitions ADD COLUMN IF NOT EXISTS picture_sha256 char(64) CHARACTER SET ascii COLLATE ascii_bin AFTER shows_public_truth;
--> statement-breakpoint
ALTER TABLE competitions ADD COLUMN IF NOT EXISTS picture_type enum('png','jpg','webp') AFTER picture_sha256;
