CREATE SCHEMA "chatrhub";
--> statement-breakpoint
CREATE SCHEMA "chatrhub_private";
--> statement-breakpoint
CREATE SCHEMA "chatrhub_raw";
--> statement-breakpoint
CREATE SCHEMA IF NOT EXISTS "chatrhub_bi";
--> statement-breakpoint
CREATE SCHEMA "chatrhub_bi_store";
--> statement-breakpoint
CREATE SCHEMA IF NOT EXISTS "chatrhub_sync";
--> statement-breakpoint
CREATE TYPE "chatrhub_raw"."resource" AS ENUM('agent_activities', 'agent_groups', 'agents', 'chats', 'groups', 'messages', 'tasks', 'visitors');--> statement-breakpoint
CREATE TABLE "chatrhub"."agent_activities" (
	"agent_id" bigint NOT NULL,
	"snapshot_at" timestamp with time zone NOT NULL,
	"status" text,
	"source_activity_id" bigint,
	"client_id" bigint NOT NULL,
	"synced_at" timestamp with time zone NOT NULL,
	CONSTRAINT "agent_activities_agent_id_snapshot_at_pk" PRIMARY KEY("agent_id","snapshot_at")
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."agent_groups" (
	"source_agent_group_id" bigint,
	"agent_id" bigint NOT NULL,
	"group_id" bigint NOT NULL,
	"is_assigned" boolean,
	"client_id" bigint NOT NULL,
	"is_terminated" boolean,
	"created_by_agent_id" bigint,
	"created_at" timestamp with time zone,
	"updated_by_agent_id" bigint,
	"updated_at" timestamp with time zone,
	"source_missing_since" timestamp with time zone,
	"synced_at" timestamp with time zone NOT NULL,
	CONSTRAINT "agent_groups_agent_id_group_id_pk" PRIMARY KEY("agent_id","group_id")
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."agents" (
	"agent_id" bigint PRIMARY KEY NOT NULL,
	"client_id" bigint NOT NULL,
	"username" text,
	"full_name" text,
	"display_name" text,
	"email" text,
	"avatar_image" text,
	"authorization_level" smallint,
	"authorization_role" text GENERATED ALWAYS AS (case authorization_level when 1 then 'agent' when 3 then 'supervisor' when 5 then 'admin' else 'unknown' end) STORED,
	"is_bot" boolean,
	"is_taking_chats" boolean,
	"is_temporary_login" boolean,
	"is_profile_set_up" boolean,
	"is_unsubscribed_from_email" boolean,
	"is_assigned_training_tasks" boolean,
	"is_emailed_training_tasks" boolean,
	"is_assigned_operational_tasks" boolean,
	"is_emailed_operational_tasks" boolean,
	"is_operational_task_by_variable" boolean,
	"operational_task_variable" text,
	"operational_task_values" jsonb,
	"is_terminated" boolean,
	"created_by_agent_id" bigint,
	"created_at" timestamp with time zone,
	"updated_by_agent_id" bigint,
	"updated_at" timestamp with time zone,
	"source_missing_since" timestamp with time zone,
	"is_inferred" boolean DEFAULT false NOT NULL,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_private"."chat_feedback" (
	"chat_id" bigint PRIMARY KEY NOT NULL,
	"feedback" text,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."chats" (
	"chat_id" bigint PRIMARY KEY NOT NULL,
	"client_id" bigint NOT NULL,
	"visitor_id" bigint,
	"agent_id" bigint,
	"to_agent_id" bigint,
	"transferred_to_agent_id" bigint,
	"group_id" bigint,
	"created_by_agent_id" bigint,
	"created_at" timestamp with time zone,
	"updated_by_agent_id" bigint,
	"updated_at" timestamp with time zone,
	"messages_synced_at" timestamp with time zone,
	"source_missing_since" timestamp with time zone,
	"synced_at" timestamp with time zone NOT NULL,
	"response_delay_seconds" integer,
	"duration_seconds" integer,
	"overall_rating" smallint,
	"friendly_rating" smallint,
	"responsive_rating" smallint,
	"knowledge_rating" smallint,
	"is_ended" boolean,
	"is_missed" boolean,
	"is_beat_out" boolean,
	"is_billable" boolean,
	"is_feedback_requested" boolean,
	"has_feedback" boolean DEFAULT false NOT NULL,
	"is_terminated" boolean,
	"is_inferred" boolean DEFAULT false NOT NULL,
	"chat_type" text GENERATED ALWAYS AS (case when visitor_id is not null then 'visitor' when to_agent_id is not null then 'internal' else 'unknown' end) STORED,
	"tag" text,
	"ended_reason" text,
	"average_rating_score" numeric(5, 2)
);
--> statement-breakpoint
CREATE TABLE "chatrhub_private"."group_match_rules" (
	"group_id" bigint PRIMARY KEY NOT NULL,
	"phone_patterns" jsonb,
	"email_patterns" jsonb,
	"current_url_patterns" jsonb,
	"referrer_url_patterns" jsonb,
	"company_patterns" jsonb,
	"state_patterns" jsonb,
	"zip_patterns" jsonb,
	"city_patterns" jsonb,
	"country_patterns" jsonb,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."groups" (
	"group_id" bigint PRIMARY KEY NOT NULL,
	"client_id" bigint NOT NULL,
	"group_name" text,
	"group_type" text,
	"is_system_group" boolean,
	"is_terminated" boolean,
	"created_by_agent_id" bigint,
	"created_at" timestamp with time zone,
	"updated_by_agent_id" bigint,
	"updated_at" timestamp with time zone,
	"source_missing_since" timestamp with time zone,
	"is_inferred" boolean DEFAULT false NOT NULL,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_private"."message_bodies" (
	"message_id" bigint PRIMARY KEY NOT NULL,
	"body" text,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."messages" (
	"message_id" bigint PRIMARY KEY NOT NULL,
	"client_id" bigint NOT NULL,
	"chat_id" bigint,
	"from_agent_id" bigint,
	"from_visitor_id" bigint,
	"to_agent_id" bigint,
	"to_visitor_id" bigint,
	"manual_user_agent_id_1" bigint,
	"manual_user_agent_id_2" bigint,
	"manual_user_agent_id_3" bigint,
	"manual_user_agent_id_4" bigint,
	"manual_user_agent_id_5" bigint,
	"created_at" timestamp with time zone,
	"synced_at" timestamp with time zone NOT NULL,
	"batch_intent_probability" double precision,
	"body_length" integer,
	"is_admin" boolean,
	"is_interruption_blocked" boolean,
	"is_inferred" boolean DEFAULT false NOT NULL,
	"batch_intent_id" text,
	"final_manual_intent_id" text,
	"manual_intent_id_1" text,
	"manual_intent_id_2" text,
	"manual_intent_id_3" text,
	"manual_intent_id_4" text,
	"manual_intent_id_5" text
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."intents" (
	"intent_id" text PRIMARY KEY NOT NULL,
	"intent_name" text
);
--> statement-breakpoint
CREATE TABLE "chatrhub_raw"."absences" (
	"resource" text NOT NULL,
	"record_key" text NOT NULL,
	"missing_since" timestamp with time zone NOT NULL,
	"returned_at" timestamp with time zone,
	CONSTRAINT "absences_resource_record_key_missing_since_pk" PRIMARY KEY("resource","record_key","missing_since")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_raw"."attribute_sets" (
	"attribute_set_id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_raw"."attribute_sets_attribute_set_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"template" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_raw"."versions" (
	"first_seen_at" timestamp with time zone NOT NULL,
	"version" integer NOT NULL,
	"attribute_set_id" integer NOT NULL,
	"resource" "chatrhub_raw"."resource" NOT NULL,
	"record_key" text NOT NULL,
	"values" text NOT NULL,
	CONSTRAINT "versions_resource_record_key_version_pk" PRIMARY KEY("resource","record_key","version")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_private"."task_variables" (
	"task_id" bigint PRIMARY KEY NOT NULL,
	"variables" jsonb,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."tasks" (
	"task_id" bigint PRIMARY KEY NOT NULL,
	"client_id" bigint NOT NULL,
	"task_type" text,
	"node_name" text,
	"message_id" bigint,
	"assigned_agent_id" bigint,
	"is_complete" boolean,
	"intent_id" text,
	"created_by_agent_id" bigint,
	"created_at" timestamp with time zone,
	"updated_by_agent_id" bigint,
	"updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_private"."visitor_contacts" (
	"visitor_id" bigint PRIMARY KEY NOT NULL,
	"name" text,
	"company_name" text,
	"street_address_1" text,
	"street_address_2" text,
	"zip_code" text,
	"phone" text,
	"email" text,
	"current_url" text,
	"referrer_url" text,
	"ip_address" text,
	"xmpp_username" text,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub"."visitors" (
	"visitor_id" bigint PRIMARY KEY NOT NULL,
	"client_id" bigint NOT NULL,
	"group_id" bigint,
	"created_by_agent_id" bigint,
	"created_at" timestamp with time zone,
	"updated_by_agent_id" bigint,
	"updated_at" timestamp with time zone,
	"source_missing_since" timestamp with time zone,
	"synced_at" timestamp with time zone NOT NULL,
	"has_email" boolean DEFAULT false NOT NULL,
	"has_phone" boolean DEFAULT false NOT NULL,
	"is_terminated" boolean,
	"is_inferred" boolean DEFAULT false NOT NULL,
	"channel" text DEFAULT 'unknown' NOT NULL,
	"city" text,
	"state" text,
	"country" text,
	"referrer_host" text
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."attributes" (
	"resource" text NOT NULL,
	"via" text NOT NULL,
	"attribute" text NOT NULL,
	"kinds" text[] NOT NULL,
	"records" bigint DEFAULT 0 NOT NULL,
	"present" bigint DEFAULT 0 NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"gone_at" timestamp with time zone,
	CONSTRAINT "attributes_resource_via_attribute_pk" PRIMARY KEY("resource","via","attribute")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."chat_backlog" (
	"chat_id" bigint PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."chat_fetches" (
	"chat_id" bigint NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"resource" "chatrhub_raw"."resource" NOT NULL,
	"duration_seconds" integer,
	"empty_looks" smallint DEFAULT 0 NOT NULL,
	"is_ended" boolean,
	"is_settled" boolean DEFAULT true NOT NULL,
	CONSTRAINT "chat_fetches_chat_id_resource_pk" PRIMARY KEY("chat_id","resource")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."coverage" (
	"resource" text NOT NULL,
	"scope" text DEFAULT '' NOT NULL,
	"covered_from" date NOT NULL,
	"covered_until" date NOT NULL,
	"source_total" bigint,
	"warehouse_total" bigint,
	"verified_at" timestamp with time zone,
	CONSTRAINT "coverage_resource_scope_covered_from_pk" PRIMARY KEY("resource","scope","covered_from"),
	CONSTRAINT "coverage_range_check" CHECK ("chatrhub_sync"."coverage"."covered_from" < "chatrhub_sync"."coverage"."covered_until")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."doubts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."doubts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"resource" text NOT NULL,
	"claim" text NOT NULL,
	"subject" text NOT NULL,
	"reason" text NOT NULL,
	"may_be_missing" boolean NOT NULL,
	"from_day" date,
	"until_day" date,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"first_run_id" bigint NOT NULL,
	"last_run_id" bigint NOT NULL,
	"since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"settled_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."drift" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."drift_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" bigint,
	"resource" text NOT NULL,
	"via" text NOT NULL,
	"attribute" text NOT NULL,
	"change" text NOT NULL,
	"was" text,
	"became" text,
	"share" double precision NOT NULL,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "drift_change_check" CHECK ("chatrhub_sync"."drift"."change" in ('new', 'vanished', 'retyped'))
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."list_pages" (
	"list" text NOT NULL,
	"after" bigint NOT NULL,
	"received" integer NOT NULL,
	"ids" bigint[] NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "list_pages_list_after_pk" PRIMARY KEY("list","after")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."listed_records" (
	"resource" text NOT NULL,
	"record_key" text NOT NULL,
	"listed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "listed_records_resource_record_key_pk" PRIMARY KEY("resource","record_key")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."lists" (
	"list" text PRIMARY KEY NOT NULL,
	"read_at" timestamp with time zone NOT NULL,
	"id_order" text,
	"page_size" integer NOT NULL,
	"looked_at" timestamp with time zone NOT NULL,
	"missing" bigint[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "lists_id_order_check" CHECK ("chatrhub_sync"."lists"."id_order" in ('asc', 'desc'))
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."rejected_records" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."rejected_records_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" bigint,
	"resource" text NOT NULL,
	"record_key" text,
	"attribute" text,
	"reason" text NOT NULL,
	"value" text,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"first_run_id" bigint,
	"last_seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."source_facts" (
	"fact" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL,
	"evidence" text NOT NULL,
	"found_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."source_reports" (
	"start_date" date NOT NULL,
	"end_date" date NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"total_chats" bigint NOT NULL,
	"missed_chats" bigint,
	"total_ratings" bigint,
	"great_chats" bigint,
	"ok_chats" bigint,
	"poor_chats" bigint,
	"attributes" jsonb NOT NULL,
	CONSTRAINT "source_reports_start_date_end_date_pk" PRIMARY KEY("start_date","end_date")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."visitor_fetches" (
	"visitor_id" bigint NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"resource" "chatrhub_raw"."resource" NOT NULL,
	CONSTRAINT "visitor_fetches_visitor_id_resource_pk" PRIMARY KEY("visitor_id","resource")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."business_hours" (
	"day_of_week" integer NOT NULL,
	"opens_minute" integer NOT NULL,
	"closes_minute" integer NOT NULL,
	CONSTRAINT "business_hours_day_of_week_opens_minute_pk" PRIMARY KEY("day_of_week","opens_minute")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi_store"."changes" (
	"kind" text NOT NULL,
	"id" bigint,
	"other_id" bigint,
	"at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."holidays" (
	"date_day" date PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi_store"."row_counts" (
	"entity" text PRIMARY KEY NOT NULL,
	"row_count" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."settings" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"reporting_time_zone" text DEFAULT 'UTC' NOT NULL,
	"changed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "settings_one_row_check" CHECK ("chatrhub_bi"."settings"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi_store"."state" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"refreshed_at" timestamp with time zone,
	"horizon_at" timestamp with time zone,
	CONSTRAINT "state_one_row_check" CHECK ("chatrhub_bi_store"."state"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."alerts" (
	"event" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"summary" text NOT NULL,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"sent_at" timestamp with time zone,
	CONSTRAINT "alerts_kind_check" CHECK ("chatrhub_sync"."alerts"."kind" in ('run', 'rejects', 'drift', 'doubt', 'stale', 'foreign_use'))
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."budget" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"blocked_until" timestamp with time zone,
	"blocked_reason" text,
	CONSTRAINT "budget_one_row_check" CHECK ("chatrhub_sync"."budget"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."erasures" (
	"hash" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"erased_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."freshness" (
	"resource" text PRIMARY KEY NOT NULL,
	"expected_within_seconds" bigint,
	"expected_since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_read_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."request_totals" (
	"resource" text NOT NULL,
	"status" text NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "request_totals_resource_status_pk" PRIMARY KEY("resource","status")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."requests" (
	"request_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."requests_request_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" bigint,
	"lane" text NOT NULL,
	"resource" text NOT NULL,
	"endpoint" text NOT NULL,
	"path" text NOT NULL,
	"unit" text,
	"attempt" integer NOT NULL,
	"granted_at" timestamp with time zone NOT NULL,
	"deadline_at" timestamp with time zone NOT NULL,
	"settled_at" timestamp with time zone,
	"status" integer,
	"records" integer,
	"bytes" bigint,
	"loaded_at" timestamp with time zone,
	"loaded_by" "xid8",
	"effective_at" timestamp with time zone GENERATED ALWAYS AS (coalesce(settled_at, deadline_at)) STORED NOT NULL,
	CONSTRAINT "requests_lane_check" CHECK ("chatrhub_sync"."requests"."lane" in ('sync', 'backfill', 'command'))
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."runs" (
	"run_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."runs_run_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"command" text NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"started_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"finished_at" timestamp with time zone,
	"requests" bigint DEFAULT 0 NOT NULL,
	"rows_inserted" bigint DEFAULT 0 NOT NULL,
	"rows_updated" bigint DEFAULT 0 NOT NULL,
	"rows_unchanged" bigint DEFAULT 0 NOT NULL,
	"rows_rejected" bigint DEFAULT 0 NOT NULL,
	"since" date,
	"only_resources" text[],
	"slot_at" timestamp with time zone,
	"machine_time" timestamp with time zone,
	"progress" jsonb,
	"backlog" jsonb,
	"error" text,
	"errors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"undeclared" jsonb,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "runs_status_check" CHECK ("chatrhub_sync"."runs"."status" in ('running', 'complete', 'incomplete', 'partial', 'failed', 'interrupted'))
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."slots" (
	"slot_at" timestamp with time zone PRIMARY KEY NOT NULL,
	"run_id" bigint NOT NULL,
	"is_skipped" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."views" (
	"name" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chatrhub"."agent_activities" ADD CONSTRAINT "agent_activities_agent_id_agents_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."agent_groups" ADD CONSTRAINT "agent_groups_agent_id_agents_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."agent_groups" ADD CONSTRAINT "agent_groups_group_id_groups_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "chatrhub"."groups"("group_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_private"."chat_feedback" ADD CONSTRAINT "chat_feedback_chat_id_chats_chat_id_fk" FOREIGN KEY ("chat_id") REFERENCES "chatrhub"."chats"("chat_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."chats" ADD CONSTRAINT "chats_visitor_id_visitors_visitor_id_fk" FOREIGN KEY ("visitor_id") REFERENCES "chatrhub"."visitors"("visitor_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."chats" ADD CONSTRAINT "chats_agent_id_agents_agent_id_fk" FOREIGN KEY ("agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."chats" ADD CONSTRAINT "chats_to_agent_id_agents_agent_id_fk" FOREIGN KEY ("to_agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."chats" ADD CONSTRAINT "chats_transferred_to_agent_id_agents_agent_id_fk" FOREIGN KEY ("transferred_to_agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."chats" ADD CONSTRAINT "chats_group_id_groups_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "chatrhub"."groups"("group_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_private"."group_match_rules" ADD CONSTRAINT "group_match_rules_group_id_groups_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "chatrhub"."groups"("group_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_private"."message_bodies" ADD CONSTRAINT "message_bodies_message_id_messages_message_id_fk" FOREIGN KEY ("message_id") REFERENCES "chatrhub"."messages"("message_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."messages" ADD CONSTRAINT "messages_chat_id_chats_chat_id_fk" FOREIGN KEY ("chat_id") REFERENCES "chatrhub"."chats"("chat_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."messages" ADD CONSTRAINT "messages_from_agent_id_agents_agent_id_fk" FOREIGN KEY ("from_agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."messages" ADD CONSTRAINT "messages_from_visitor_id_visitors_visitor_id_fk" FOREIGN KEY ("from_visitor_id") REFERENCES "chatrhub"."visitors"("visitor_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."messages" ADD CONSTRAINT "messages_to_agent_id_agents_agent_id_fk" FOREIGN KEY ("to_agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."messages" ADD CONSTRAINT "messages_to_visitor_id_visitors_visitor_id_fk" FOREIGN KEY ("to_visitor_id") REFERENCES "chatrhub"."visitors"("visitor_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_private"."task_variables" ADD CONSTRAINT "task_variables_task_id_tasks_task_id_fk" FOREIGN KEY ("task_id") REFERENCES "chatrhub"."tasks"("task_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."tasks" ADD CONSTRAINT "tasks_message_id_messages_message_id_fk" FOREIGN KEY ("message_id") REFERENCES "chatrhub"."messages"("message_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."tasks" ADD CONSTRAINT "tasks_assigned_agent_id_agents_agent_id_fk" FOREIGN KEY ("assigned_agent_id") REFERENCES "chatrhub"."agents"("agent_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_private"."visitor_contacts" ADD CONSTRAINT "visitor_contacts_visitor_id_visitors_visitor_id_fk" FOREIGN KEY ("visitor_id") REFERENCES "chatrhub"."visitors"("visitor_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub"."visitors" ADD CONSTRAINT "visitors_group_id_groups_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "chatrhub"."groups"("group_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."doubts" ADD CONSTRAINT "doubts_first_run_id_runs_run_id_fk" FOREIGN KEY ("first_run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."doubts" ADD CONSTRAINT "doubts_last_run_id_runs_run_id_fk" FOREIGN KEY ("last_run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."drift" ADD CONSTRAINT "drift_run_id_runs_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."rejected_records" ADD CONSTRAINT "rejected_records_run_id_runs_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."rejected_records" ADD CONSTRAINT "rejected_records_first_run_id_runs_run_id_fk" FOREIGN KEY ("first_run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."requests" ADD CONSTRAINT "requests_run_id_runs_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."slots" ADD CONSTRAINT "slots_run_id_runs_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "agent_groups_group_id_idx" ON "chatrhub"."agent_groups" USING btree ("group_id") WHERE "group_id" is not null;--> statement-breakpoint
CREATE INDEX "chats_stubs_idx" ON "chatrhub"."chats" USING btree ("chat_id") WHERE is_inferred;--> statement-breakpoint
CREATE INDEX "chats_created_at_idx" ON "chatrhub"."chats" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "chats_visitor_id_idx" ON "chatrhub"."chats" USING btree ("visitor_id") WHERE "visitor_id" is not null;--> statement-breakpoint
CREATE INDEX "chats_to_agent_id_idx" ON "chatrhub"."chats" USING btree ("to_agent_id") WHERE "to_agent_id" is not null;--> statement-breakpoint
CREATE INDEX "chats_transferred_to_agent_id_idx" ON "chatrhub"."chats" USING btree ("transferred_to_agent_id") WHERE "transferred_to_agent_id" is not null;--> statement-breakpoint
CREATE INDEX "chats_agent_id_idx" ON "chatrhub"."chats" USING btree ("agent_id",((coalesce(updated_at, created_at) at time zone 'UTC')::date)) WHERE "agent_id" is not null;--> statement-breakpoint
CREATE INDEX "chats_group_id_idx" ON "chatrhub"."chats" USING btree ("group_id",((coalesce(updated_at, created_at) at time zone 'UTC')::date)) WHERE "group_id" is not null;--> statement-breakpoint
CREATE INDEX "messages_stubs_idx" ON "chatrhub"."messages" USING btree ("message_id") WHERE is_inferred;--> statement-breakpoint
CREATE INDEX "messages_from_agent_id_idx" ON "chatrhub"."messages" USING btree ("from_agent_id",((created_at at time zone 'UTC')::date)) WHERE "from_agent_id" is not null;--> statement-breakpoint
CREATE INDEX "messages_chat_id_idx" ON "chatrhub"."messages" USING btree ("chat_id") WHERE "chat_id" is not null;--> statement-breakpoint
CREATE INDEX "messages_from_visitor_id_idx" ON "chatrhub"."messages" USING btree ("from_visitor_id") WHERE "from_visitor_id" is not null;--> statement-breakpoint
CREATE INDEX "messages_to_agent_id_idx" ON "chatrhub"."messages" USING btree ("to_agent_id") WHERE "to_agent_id" is not null;--> statement-breakpoint
CREATE INDEX "messages_to_visitor_id_idx" ON "chatrhub"."messages" USING btree ("to_visitor_id") WHERE "to_visitor_id" is not null;--> statement-breakpoint
CREATE INDEX "tasks_message_id_idx" ON "chatrhub"."tasks" USING btree ("message_id") WHERE "message_id" is not null;--> statement-breakpoint
CREATE INDEX "tasks_assigned_agent_id_idx" ON "chatrhub"."tasks" USING btree ("assigned_agent_id") WHERE "assigned_agent_id" is not null;--> statement-breakpoint
CREATE INDEX "tasks_open_idx" ON "chatrhub"."tasks" USING btree ("task_type") WHERE not coalesce("is_complete", false);--> statement-breakpoint
CREATE INDEX "visitor_contacts_xmpp_username_idx" ON "chatrhub_private"."visitor_contacts" USING hash (lower("xmpp_username"));--> statement-breakpoint
CREATE INDEX "visitors_stubs_idx" ON "chatrhub"."visitors" USING btree ("visitor_id") WHERE is_inferred;--> statement-breakpoint
CREATE INDEX "visitors_group_id_idx" ON "chatrhub"."visitors" USING btree ("group_id") WHERE "group_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "doubts_open_idx" ON "chatrhub_sync"."doubts" USING btree ("resource","claim","reason") WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "doubts_first_run_id_idx" ON "chatrhub_sync"."doubts" USING btree ("first_run_id");--> statement-breakpoint
CREATE INDEX "doubts_last_run_id_idx" ON "chatrhub_sync"."doubts" USING btree ("last_run_id");--> statement-breakpoint
CREATE INDEX "drift_run_id_idx" ON "chatrhub_sync"."drift" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "drift_seen_at_idx" ON "chatrhub_sync"."drift" USING btree ("seen_at");--> statement-breakpoint
CREATE UNIQUE INDEX "rejected_records_distinct_idx" ON "chatrhub_sync"."rejected_records" USING btree ("resource",coalesce("record_key", ''),coalesce("attribute", ''),md5(coalesce("value", '')));--> statement-breakpoint
CREATE INDEX "rejected_records_run_id_idx" ON "chatrhub_sync"."rejected_records" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "rejected_records_first_run_id_idx" ON "chatrhub_sync"."rejected_records" USING btree ("first_run_id");--> statement-breakpoint
CREATE INDEX "alerts_not_sent_idx" ON "chatrhub_sync"."alerts" USING btree ("next_attempt_at") WHERE sent_at is null;--> statement-breakpoint
CREATE INDEX "requests_effective_at_idx" ON "chatrhub_sync"."requests" USING btree ("effective_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "requests_endpoint_effective_at_idx" ON "chatrhub_sync"."requests" USING btree ("endpoint","effective_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "requests_run_id_idx" ON "chatrhub_sync"."requests" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "requests_unit_idx" ON "chatrhub_sync"."requests" USING btree ("unit","request_id");--> statement-breakpoint
CREATE INDEX "requests_not_loaded_idx" ON "chatrhub_sync"."requests" USING btree ("resource","deadline_at") WHERE loaded_at is null;--> statement-breakpoint
CREATE INDEX "slots_run_id_idx" ON "chatrhub_sync"."slots" USING btree ("run_id");--> statement-breakpoint
INSERT INTO "chatrhub_sync"."budget" ("id") VALUES (1);--> statement-breakpoint
INSERT INTO "chatrhub_bi"."settings" DEFAULT VALUES;--> statement-breakpoint
INSERT INTO "chatrhub_bi_store"."state" DEFAULT VALUES;--> statement-breakpoint
-- From here on written by hand. Snapshots come one after the other for each agent: pages of their key need no room for others.
ALTER INDEX "chatrhub"."agent_activities_agent_id_snapshot_at_pk" SET (fillfactor = 100);--> statement-breakpoint
-- record_versions, as everybody reads it, and how versions are stored.
-- A set's text may be longer than what a B-tree takes.
ALTER TABLE "chatrhub_raw"."attribute_sets" ADD CONSTRAINT "attribute_sets_template_excl" EXCLUDE USING hash ("template" WITH =);--> statement-breakpoint
-- The number of a set of names, which is added where it is new.
CREATE FUNCTION "chatrhub_raw"."attribute_set_of"(wanted text) RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE found integer;
BEGIN
  -- Again, where another transaction was quicker.
  FOR attempt IN 1..2 LOOP
    SELECT attribute_set_id INTO found FROM chatrhub_raw.attribute_sets WHERE template = wanted;
    IF found IS NOT NULL THEN RETURN found; END IF;
    INSERT INTO chatrhub_raw.attribute_sets (template) VALUES (wanted) ON CONFLICT DO NOTHING RETURNING attribute_set_id INTO found;
    IF found IS NOT NULL THEN RETURN found; END IF;
  END LOOP;
  RAISE EXCEPTION 'another transaction has added a set of names that this one cannot see' USING ERRCODE = 'serialization_failure';
END $$;--> statement-breakpoint
-- A version's attributes, of which AttributeSets says how they are stored. Stable is what format is; with a set of text and values of JSON
-- no setting changes what it makes.
CREATE FUNCTION "chatrhub_raw"."attributes_of"(template text, "values" text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(template, VARIADIC string_to_array(array_to_string(string_to_array(
  replace(replace(replace(replace("values", E'\x04', E'\n\n\n\n'), E'\x03', E'true\n'), E'\x02', E'false\n'), E'\x01', E'+00:00"\n'),
E'\n', ''), E'\n', 'null'), E'\n'))::jsonb;--> statement-breakpoint
-- What attributes_of makes attributes of.
CREATE FUNCTION "chatrhub_raw"."pack"(attributes jsonb, OUT template text, OUT "values" text) LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT '{' || coalesce(string_agg(replace(to_json(key)::text, '%', '%%') || ':%s', ',' ORDER BY place), '') || '}',
    replace(replace(replace(replace(
      coalesce(string_agg(CASE WHEN value <> 'null' THEN value::text ELSE '' END || E'\n', '' ORDER BY place), ''),
    E'+00:00"\n', E'\x01'), E'false\n', E'\x02'), E'true\n', E'\x03'), E'\n\n\n\n', E'\x04')
  FROM jsonb_each(attributes) WITH ORDINALITY e (key, value, place);
END;--> statement-breakpoint
CREATE VIEW "chatrhub_raw"."record_versions" AS
SELECT r.resource::text, v.record_key, v.version, chatrhub_raw.attributes_of(a.template, v."values") AS attributes,
  encode(sha256(convert_to(chatrhub_raw.attributes_of(a.template, v."values")::text, 'UTF8')), 'hex') AS content_hash, v.first_seen_at
FROM unnest(enum_range(null::chatrhub_raw.resource)) r (resource)
-- Who asks for a resource by its name finds its versions by the index.
JOIN chatrhub_raw.versions v ON v.resource = r.resource
LEFT JOIN chatrhub_raw.attribute_sets a USING (attribute_set_id);--> statement-breakpoint
-- The view takes insert, update and delete, as the table did that it stands for: for who corrects or restores what is stored.
CREATE FUNCTION "chatrhub_raw"."change_version"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF tg_op <> 'INSERT' THEN
    DELETE FROM chatrhub_raw.versions v WHERE v.resource = old.resource::chatrhub_raw.resource AND v.record_key = old.record_key AND v.version = old.version;
  END IF;
  IF tg_op = 'DELETE' THEN RETURN old; END IF;
  INSERT INTO chatrhub_raw.versions (resource, record_key, version, attribute_set_id, "values", first_seen_at)
  SELECT new.resource::chatrhub_raw.resource, new.record_key, new.version, chatrhub_raw.attribute_set_of(p.template), p."values", new.first_seen_at
  FROM chatrhub_raw.pack(new.attributes) p;
  RETURN new;
END $$;--> statement-breakpoint
CREATE TRIGGER "change_version" INSTEAD OF INSERT OR UPDATE OR DELETE ON "chatrhub_raw"."record_versions"
FOR EACH ROW EXECUTE FUNCTION "chatrhub_raw"."change_version"();--> statement-breakpoint
-- Chats come into the backlog with whatever may have their messages wanted again.
CREATE FUNCTION "chatrhub_sync"."add_to_chat_backlog"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF tg_op = 'DELETE' THEN
    INSERT INTO chatrhub_sync.chat_backlog (chat_id) SELECT DISTINCT chat_id FROM old_rows ORDER BY 1 ON CONFLICT DO NOTHING;
  ELSIF tg_op = 'UPDATE' AND tg_table_name = 'chats' THEN
    INSERT INTO chatrhub_sync.chat_backlog (chat_id)
    SELECT n.chat_id FROM new_rows n JOIN old_rows o ON o.chat_id = n.chat_id
    WHERE (n.is_inferred, n.is_ended, n.duration_seconds, n.messages_synced_at IS NULL)
      IS DISTINCT FROM (o.is_inferred, o.is_ended, o.duration_seconds, o.messages_synced_at IS NULL)
    ORDER BY 1 ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO chatrhub_sync.chat_backlog (chat_id) SELECT DISTINCT chat_id FROM new_rows ORDER BY 1 ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "add_to_chat_backlog_insert" AFTER INSERT ON "chatrhub"."chats" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION "chatrhub_sync"."add_to_chat_backlog"();--> statement-breakpoint
CREATE TRIGGER "add_to_chat_backlog_update" AFTER UPDATE ON "chatrhub"."chats" REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION "chatrhub_sync"."add_to_chat_backlog"();--> statement-breakpoint
CREATE TRIGGER "add_to_chat_backlog_insert" AFTER INSERT ON "chatrhub_sync"."chat_fetches" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION "chatrhub_sync"."add_to_chat_backlog"();--> statement-breakpoint
CREATE TRIGGER "add_to_chat_backlog_update" AFTER UPDATE ON "chatrhub_sync"."chat_fetches" REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION "chatrhub_sync"."add_to_chat_backlog"();--> statement-breakpoint
CREATE TRIGGER "add_to_chat_backlog_delete" AFTER DELETE ON "chatrhub_sync"."chat_fetches" REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION "chatrhub_sync"."add_to_chat_backlog"();
