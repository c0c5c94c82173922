CREATE TABLE "chatrhub_sync"."views" (
	"name" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL
);
