CREATE SCHEMA "chatrhub_bi_store";
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."business_hours" (
	"day_of_week" integer NOT NULL,
	"opens_minute" integer NOT NULL,
	"closes_minute" integer NOT NULL,
	CONSTRAINT "business_hours_day_of_week_opens_minute_pk" PRIMARY KEY("day_of_week","opens_minute")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."holidays" (
	"date_day" date PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chatrhub_bi"."settings" ALTER COLUMN "id" SET DATA TYPE integer;--> statement-breakpoint
ALTER TABLE "chatrhub_bi"."settings" ALTER COLUMN "id" SET DEFAULT 1;
--> statement-breakpoint
-- Views that count by holidays are due again when the steward changes these.
CREATE FUNCTION "chatrhub_sync"."note_holidays"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
begin
  update chatrhub_bi.settings set changed_at = clock_timestamp();
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER "holidays_changed" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "chatrhub_bi"."holidays"
FOR EACH STATEMENT EXECUTE FUNCTION "chatrhub_sync"."note_holidays"();
--> statement-breakpoint
-- Heavy views are in the store.
CREATE OR REPLACE FUNCTION "chatrhub_sync"."refresh_view"("view" regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class WHERE oid = "view" AND relkind = 'm' AND relnamespace::regnamespace::text = 'chatrhub_bi_store') THEN
		RAISE EXCEPTION '% is not a materialized view of chatrhub_bi_store', "view" USING ERRCODE = 'insufficient_privilege';
	END IF;
	EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', "view");
	EXECUTE format('ANALYZE %s', "view");
	UPDATE chatrhub_sync.views SET refreshed_at = began WHERE name = "view"::text;
END $$;
