CREATE TABLE "chatrhub_sync"."erasures" (
	"hash" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"erased_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
-- Only the owner of a materialised view may refresh it (before PostgreSQL 17 that cannot be granted): who loads does it by this function.
CREATE FUNCTION "chatrhub_sync"."refresh_view"("view" regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class WHERE oid = "view" AND relkind = 'm' AND relnamespace::regnamespace::text = 'chatrhub_bi') THEN
		RAISE EXCEPTION '% is not a materialized view of chatrhub_bi', "view" USING ERRCODE = 'insufficient_privilege';
	END IF;
	EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', "view");
	EXECUTE format('ANALYZE %s', "view");
	UPDATE chatrhub_sync.views SET refreshed_at = began WHERE name = "view"::text;
END $$;
