CREATE TABLE "chatrhub_sync"."list_pages" (
	"list" text NOT NULL,
	"after" bigint NOT NULL,
	"received" integer NOT NULL,
	"ids" bigint[] NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "list_pages_list_after_pk" PRIMARY KEY("list","after")
);
