CREATE TABLE activities (
	id BIGSERIAL NOT NULL,
	subject TEXT NOT NULL,
	type TEXT NOT NULL,
	owner_id BIGINT NOT NULL,
	creator_user_id BIGINT NOT NULL,
	update_user_id BIGINT,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	deal_id BIGINT,
	lead_id TEXT,
	person_id BIGINT,
	org_id BIGINT,
	project_id BIGINT,
	due_date DATE,
	due_time TEXT,
	duration TEXT,
	busy BOOLEAN DEFAULT false NOT NULL,
	done BOOLEAN DEFAULT false NOT NULL,
	marked_as_done_time TIMESTAMP(0) WITHOUT TIME ZONE,
	location JSONB,
	attendees JSONB NOT NULL,
	conference_meeting_client TEXT,
	conference_meeting_url TEXT,
	conference_meeting_id TEXT,
	public_description TEXT,
	priority BIGINT,
	note TEXT,
	revision INTEGER DEFAULT '0' NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_activities_add_time ON activities (add_time, id)
-- next
CREATE INDEX ix_activities_deal_id ON activities (deal_id)
-- next
CREATE INDEX ix_activities_due_date ON activities (due_date, id)
-- next
CREATE INDEX ix_activities_lead_id ON activities (lead_id)
-- next
CREATE INDEX ix_activities_org_id ON activities (org_id)
-- next
CREATE INDEX ix_activities_owner ON activities (owner_id, done, due_date)
-- next
CREATE INDEX ix_activities_person_id ON activities (person_id)
-- next
CREATE INDEX ix_activities_project_id ON activities (project_id)
-- next
CREATE INDEX ix_activities_update_time ON activities (update_time, id)
-- next
create or replace function next_revision() returns trigger language plpgsql as $$ begin new.revision := old.revision + 1; return new; end $$
-- next
create trigger activities_revision before update on activities for each row execute function next_revision()
-- next
CREATE TABLE activity_participants (
	activity_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	position INTEGER NOT NULL,
	is_primary BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (activity_id, person_id)
)
-- next
CREATE INDEX ix_activity_participants_person_id ON activity_participants (person_id)
-- next
CREATE TABLE activity_types (
	id BIGSERIAL NOT NULL,
	order_nr INTEGER NOT NULL,
	name TEXT NOT NULL,
	key_string TEXT NOT NULL,
	icon_key TEXT NOT NULL,
	color TEXT,
	is_active BOOLEAN DEFAULT true NOT NULL,
	is_custom BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT uq_activity_types_key_string UNIQUE (key_string)
)
-- next
CREATE TABLE changes (
	id BIGSERIAL NOT NULL,
	time TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
	actor_user_id BIGINT NOT NULL,
	object TEXT NOT NULL,
	record_id BIGINT NOT NULL,
	action TEXT NOT NULL,
	fields JSONB NOT NULL,
	source TEXT NOT NULL,
	user_agent TEXT,
	is_bulk BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_changes_record ON changes (object, record_id, id)
-- next
CREATE INDEX ix_changes_time ON changes (time, id)
-- next
CREATE TABLE company (
	id BIGINT NOT NULL,
	name TEXT NOT NULL,
	domain TEXT NOT NULL,
	country TEXT NOT NULL,
	industry TEXT,
	default_currency TEXT NOT NULL,
	timezone TEXT NOT NULL,
	visibility_levels INTEGER NOT NULL,
	settings_version INTEGER NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE currencies (
	id BIGSERIAL NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	symbol TEXT NOT NULL,
	decimal_points INTEGER NOT NULL,
	is_active BOOLEAN DEFAULT true NOT NULL,
	is_custom BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_currencies_code UNIQUE (code)
)
-- next
CREATE TABLE deal_participants (
	id BIGSERIAL NOT NULL,
	deal_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	added_by_user_id BIGINT NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_deal_participants_deal_id_person_id UNIQUE (deal_id, person_id)
)
-- next
CREATE INDEX ix_deal_participants_person_id ON deal_participants (person_id)
-- next
CREATE TABLE deal_stages (
	id BIGSERIAL NOT NULL,
	deal_id BIGINT NOT NULL,
	stage_id BIGINT NOT NULL,
	entered_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	left_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_deal_stages_deal_id ON deal_stages (deal_id)
-- next
CREATE TABLE deals (
	id BIGSERIAL NOT NULL,
	title TEXT NOT NULL,
	creator_user_id BIGINT NOT NULL,
	owner_id BIGINT NOT NULL,
	value DOUBLE PRECISION NOT NULL,
	currency TEXT NOT NULL,
	person_id BIGINT,
	org_id BIGINT,
	stage_id BIGINT NOT NULL,
	pipeline_id BIGINT NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	stage_change_time TIMESTAMP(0) WITHOUT TIME ZONE,
	status TEXT NOT NULL,
	is_archived BOOLEAN DEFAULT false NOT NULL,
	archive_time TIMESTAMP(0) WITHOUT TIME ZONE,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	probability INTEGER,
	lost_reason TEXT,
	visible_to INTEGER NOT NULL,
	close_time TIMESTAMP(0) WITHOUT TIME ZONE,
	won_time TIMESTAMP(0) WITHOUT TIME ZONE,
	first_won_time TIMESTAMP(0) WITHOUT TIME ZONE,
	lost_time TIMESTAMP(0) WITHOUT TIME ZONE,
	local_won_date DATE,
	local_lost_date DATE,
	local_close_date DATE,
	expected_close_date DATE,
	label_ids JSONB NOT NULL,
	origin TEXT NOT NULL,
	origin_id TEXT,
	channel BIGINT,
	channel_id TEXT,
	acv DOUBLE PRECISION,
	arr DOUBLE PRECISION,
	mrr DOUBLE PRECISION,
	revision INTEGER DEFAULT '0' NOT NULL,
	custom_fields JSONB NOT NULL,
	next_activity_id BIGINT,
	next_activity_date DATE,
	next_activity_time TEXT,
	last_activity_id BIGINT,
	last_activity_date DATE,
	products_count INTEGER DEFAULT '0' NOT NULL,
	files_count INTEGER DEFAULT '0' NOT NULL,
	notes_count INTEGER DEFAULT '0' NOT NULL,
	followers_count INTEGER DEFAULT '0' NOT NULL,
	email_messages_count INTEGER DEFAULT '0' NOT NULL,
	activities_count INTEGER DEFAULT '0' NOT NULL,
	done_activities_count INTEGER DEFAULT '0' NOT NULL,
	undone_activities_count INTEGER DEFAULT '0' NOT NULL,
	participants_count INTEGER DEFAULT '0' NOT NULL,
	last_incoming_mail_time TIMESTAMP(0) WITHOUT TIME ZONE,
	last_outgoing_mail_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_deals_add_time ON deals (add_time, id)
-- next
CREATE INDEX ix_deals_board ON deals (pipeline_id, status, id, is_archived, is_deleted)
-- next
CREATE INDEX ix_deals_org_id ON deals (org_id)
-- next
CREATE INDEX ix_deals_owner ON deals (owner_id, status, id, is_archived, is_deleted)
-- next
CREATE INDEX ix_deals_person_id ON deals (person_id)
-- next
CREATE INDEX ix_deals_stage ON deals (stage_id, status, id, is_archived, is_deleted)
-- next
CREATE INDEX ix_deals_update_time ON deals (update_time, id)
-- next
create or replace function next_revision() returns trigger language plpgsql as $$ begin new.revision := old.revision + 1; return new; end $$
-- next
create trigger deals_revision before update on deals for each row execute function next_revision()
-- next
CREATE TABLE field_options (
	id BIGSERIAL NOT NULL,
	field_id BIGINT NOT NULL,
	label TEXT NOT NULL,
	color TEXT,
	alt_id TEXT,
	order_nr INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_field_options_field_id ON field_options (field_id)
-- next
CREATE TABLE fields (
	id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 12500),
	object TEXT NOT NULL,
	key TEXT NOT NULL,
	name TEXT NOT NULL,
	description TEXT,
	field_type TEXT NOT NULL,
	order_nr INTEGER NOT NULL,
	is_custom BOOLEAN DEFAULT false NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	ui_visibility JSONB NOT NULL,
	important_fields JSONB,
	required_fields JSONB,
	created_by_user_id BIGINT,
	last_updated_by_user_id BIGINT,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT uq_fields_object_key UNIQUE (object, key)
)
-- next
CREATE TABLE files (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	file_name TEXT NOT NULL,
	description TEXT,
	file_type TEXT NOT NULL,
	content_type TEXT NOT NULL,
	file_size BIGINT NOT NULL,
	remote_location TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	content_key TEXT,
	user_id BIGINT NOT NULL,
	deal_id BIGINT,
	person_id BIGINT,
	org_id BIGINT,
	product_id BIGINT,
	activity_id BIGINT,
	lead_id TEXT,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_files_activity_id ON files (activity_id)
-- next
CREATE INDEX ix_files_deal_id ON files (deal_id)
-- next
CREATE INDEX ix_files_lead_id ON files (lead_id)
-- next
CREATE INDEX ix_files_org_id ON files (org_id)
-- next
CREATE INDEX ix_files_person_id ON files (person_id)
-- next
CREATE INDEX ix_files_product_id ON files (product_id)
-- next
CREATE INDEX ix_files_update_time ON files (update_time, id)
-- next
CREATE TABLE filters (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	type TEXT NOT NULL,
	owner_id BIGINT NOT NULL,
	visible_to INTEGER NOT NULL,
	is_temporary BOOLEAN DEFAULT false NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	conditions JSONB NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_filters_owner_id ON filters (owner_id)
-- next
CREATE TABLE followers (
	id BIGSERIAL NOT NULL,
	object TEXT NOT NULL,
	record_id BIGINT NOT NULL,
	user_id BIGINT NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_followers_object_record_id_user_id UNIQUE (object, record_id, user_id)
)
-- next
CREATE INDEX ix_followers_user_id ON followers (user_id)
-- next
CREATE TABLE lead_labels (
	id BIGSERIAL NOT NULL,
	uuid TEXT NOT NULL,
	name TEXT NOT NULL,
	color TEXT NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_lead_labels_uuid UNIQUE (uuid)
)
-- next
CREATE TABLE leads (
	id BIGSERIAL NOT NULL,
	uuid TEXT NOT NULL,
	title TEXT NOT NULL,
	owner_id BIGINT NOT NULL,
	creator_id BIGINT NOT NULL,
	label_ids JSONB NOT NULL,
	person_id BIGINT,
	organization_id BIGINT,
	value DOUBLE PRECISION,
	currency TEXT,
	expected_close_date DATE,
	source_name TEXT NOT NULL,
	origin TEXT NOT NULL,
	origin_id TEXT,
	channel BIGINT,
	channel_id TEXT,
	is_archived BOOLEAN DEFAULT false NOT NULL,
	was_seen BOOLEAN DEFAULT false NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	visible_to INTEGER NOT NULL,
	add_time TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
	custom_fields JSONB NOT NULL,
	next_activity_id BIGINT,
	PRIMARY KEY (id),
	CONSTRAINT uq_leads_uuid UNIQUE (uuid)
)
-- next
CREATE INDEX ix_leads_organization_id ON leads (organization_id)
-- next
CREATE INDEX ix_leads_owner ON leads (owner_id, id)
-- next
CREATE INDEX ix_leads_person_id ON leads (person_id)
-- next
CREATE INDEX ix_leads_update_time ON leads (update_time, id)
-- next
CREATE TABLE note_comments (
	uuid TEXT NOT NULL,
	note_id BIGINT NOT NULL,
	content TEXT NOT NULL,
	user_id BIGINT NOT NULL,
	updater_id BIGINT,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(3) WITHOUT TIME ZONE,
	PRIMARY KEY (uuid)
)
-- next
CREATE INDEX ix_note_comments_note_id ON note_comments (note_id)
-- next
CREATE TABLE notes (
	id BIGSERIAL NOT NULL,
	content TEXT NOT NULL,
	user_id BIGINT NOT NULL,
	last_update_user_id BIGINT,
	deal_id BIGINT,
	person_id BIGINT,
	org_id BIGINT,
	lead_id TEXT,
	project_id BIGINT,
	pinned_to_deal_flag BOOLEAN DEFAULT false NOT NULL,
	pinned_to_person_flag BOOLEAN DEFAULT false NOT NULL,
	pinned_to_organization_flag BOOLEAN DEFAULT false NOT NULL,
	pinned_to_lead_flag BOOLEAN DEFAULT false NOT NULL,
	pinned_to_project_flag BOOLEAN DEFAULT false NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_notes_deal_id ON notes (deal_id)
-- next
CREATE INDEX ix_notes_lead_id ON notes (lead_id)
-- next
CREATE INDEX ix_notes_org_id ON notes (org_id)
-- next
CREATE INDEX ix_notes_person_id ON notes (person_id)
-- next
CREATE INDEX ix_notes_project_id ON notes (project_id)
-- next
CREATE TABLE organization_relationships (
	id BIGSERIAL NOT NULL,
	type TEXT NOT NULL,
	rel_owner_org_id BIGINT NOT NULL,
	rel_linked_org_id BIGINT NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_organization_relationships_rel_linked_org_id ON organization_relationships (rel_linked_org_id)
-- next
CREATE INDEX ix_organization_relationships_rel_owner_org_id ON organization_relationships (rel_owner_org_id)
-- next
CREATE TABLE organizations (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	owner_id BIGINT NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	address JSONB,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	visible_to INTEGER NOT NULL,
	label_ids JSONB NOT NULL,
	picture_id BIGINT,
	country_code TEXT,
	website TEXT,
	linkedin TEXT,
	industry INTEGER,
	annual_revenue DOUBLE PRECISION,
	employee_count INTEGER,
	revision INTEGER DEFAULT '0' NOT NULL,
	custom_fields JSONB NOT NULL,
	first_char TEXT NOT NULL,
	next_activity_id BIGINT,
	next_activity_date DATE,
	next_activity_time TEXT,
	last_activity_id BIGINT,
	last_activity_date DATE,
	open_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_open_deals_count INTEGER DEFAULT '0' NOT NULL,
	closed_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_closed_deals_count INTEGER DEFAULT '0' NOT NULL,
	won_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_won_deals_count INTEGER DEFAULT '0' NOT NULL,
	lost_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_lost_deals_count INTEGER DEFAULT '0' NOT NULL,
	email_messages_count INTEGER DEFAULT '0' NOT NULL,
	activities_count INTEGER DEFAULT '0' NOT NULL,
	done_activities_count INTEGER DEFAULT '0' NOT NULL,
	undone_activities_count INTEGER DEFAULT '0' NOT NULL,
	files_count INTEGER DEFAULT '0' NOT NULL,
	notes_count INTEGER DEFAULT '0' NOT NULL,
	followers_count INTEGER DEFAULT '0' NOT NULL,
	people_count INTEGER DEFAULT '0' NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_organizations_add_time ON organizations (add_time, id)
-- next
CREATE INDEX ix_organizations_owner ON organizations (owner_id, id)
-- next
CREATE INDEX ix_organizations_update_time ON organizations (update_time, id)
-- next
create or replace function next_revision() returns trigger language plpgsql as $$ begin new.revision := old.revision + 1; return new; end $$
-- next
create trigger organizations_revision before update on organizations for each row execute function next_revision()
-- next
CREATE TABLE permission_sets (
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	app TEXT NOT NULL,
	type TEXT NOT NULL,
	contents JSONB NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE person_pictures (
	id BIGSERIAL NOT NULL,
	person_id BIGINT NOT NULL,
	content_key TEXT NOT NULL,
	file_size BIGINT NOT NULL,
	added_by_user_id BIGINT NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT uq_person_pictures_content_key UNIQUE (content_key)
)
-- next
CREATE INDEX ix_person_pictures_person_id ON person_pictures (person_id)
-- next
CREATE TABLE persons (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	first_name TEXT,
	last_name TEXT,
	owner_id BIGINT NOT NULL,
	org_id BIGINT,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	emails JSONB NOT NULL,
	phones JSONB NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	visible_to INTEGER NOT NULL,
	label_ids JSONB NOT NULL,
	picture_id BIGINT,
	notes TEXT,
	im JSONB NOT NULL,
	birthday DATE,
	job_title TEXT,
	postal_address JSONB,
	marketing_status TEXT NOT NULL,
	doi_status INTEGER NOT NULL,
	revision INTEGER DEFAULT '0' NOT NULL,
	custom_fields JSONB NOT NULL,
	first_char TEXT NOT NULL,
	next_activity_id BIGINT,
	next_activity_date DATE,
	next_activity_time TEXT,
	last_activity_id BIGINT,
	last_activity_date DATE,
	open_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_open_deals_count INTEGER DEFAULT '0' NOT NULL,
	closed_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_closed_deals_count INTEGER DEFAULT '0' NOT NULL,
	participant_open_deals_count INTEGER DEFAULT '0' NOT NULL,
	participant_closed_deals_count INTEGER DEFAULT '0' NOT NULL,
	won_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_won_deals_count INTEGER DEFAULT '0' NOT NULL,
	lost_deals_count INTEGER DEFAULT '0' NOT NULL,
	related_lost_deals_count INTEGER DEFAULT '0' NOT NULL,
	email_messages_count INTEGER DEFAULT '0' NOT NULL,
	activities_count INTEGER DEFAULT '0' NOT NULL,
	done_activities_count INTEGER DEFAULT '0' NOT NULL,
	undone_activities_count INTEGER DEFAULT '0' NOT NULL,
	files_count INTEGER DEFAULT '0' NOT NULL,
	notes_count INTEGER DEFAULT '0' NOT NULL,
	followers_count INTEGER DEFAULT '0' NOT NULL,
	last_incoming_mail_time TIMESTAMP(0) WITHOUT TIME ZONE,
	last_outgoing_mail_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_persons_add_time ON persons (add_time, id)
-- next
CREATE INDEX ix_persons_org_id ON persons (org_id)
-- next
CREATE INDEX ix_persons_owner ON persons (owner_id, id)
-- next
CREATE INDEX ix_persons_update_time ON persons (update_time, id)
-- next
create or replace function next_revision() returns trigger language plpgsql as $$ begin new.revision := old.revision + 1; return new; end $$
-- next
create trigger persons_revision before update on persons for each row execute function next_revision()
-- next
CREATE TABLE pipelines (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	order_nr INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	is_deal_probability_enabled BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE product_images (
	id BIGSERIAL NOT NULL,
	product_id BIGINT NOT NULL,
	content_key TEXT NOT NULL,
	name TEXT NOT NULL,
	mime_type TEXT NOT NULL,
	file_size BIGINT NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_product_images_product_id ON product_images (product_id)
-- next
CREATE TABLE product_prices (
	id BIGSERIAL NOT NULL,
	product_id BIGINT NOT NULL,
	currency TEXT NOT NULL,
	price DOUBLE PRECISION NOT NULL,
	cost DOUBLE PRECISION NOT NULL,
	direct_cost DOUBLE PRECISION,
	notes TEXT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT uq_product_prices_product_id_currency UNIQUE (product_id, currency)
)
-- next
CREATE TABLE products (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	code TEXT,
	description TEXT,
	unit TEXT NOT NULL,
	tax DOUBLE PRECISION NOT NULL,
	category BIGINT,
	owner_id BIGINT NOT NULL,
	is_linkable BOOLEAN DEFAULT true NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	delete_time TIMESTAMP(0) WITHOUT TIME ZONE,
	visible_to INTEGER NOT NULL,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	billing_frequency TEXT NOT NULL,
	billing_frequency_cycles INTEGER,
	first_char TEXT NOT NULL,
	custom_fields JSONB NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_products_add_time ON products (add_time, id)
-- next
CREATE INDEX ix_products_name ON products (name, id)
-- next
CREATE INDEX ix_products_owner ON products (owner_id, id)
-- next
CREATE INDEX ix_products_update_time ON products (update_time, id)
-- next
CREATE TABLE roles (
	id BIGSERIAL NOT NULL,
	parent_role_id BIGINT,
	name TEXT NOT NULL,
	is_active BOOLEAN DEFAULT true NOT NULL,
	settings JSONB NOT NULL,
	hidden_pipeline_ids JSONB NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE search_texts (
	id BIGINT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (id)
)
-- next
create index ix_search_texts_start on search_texts (substr(text, 1, 24) collate "C") where id >= 164926744166400
-- next
do $$
declare place text;
begin
  begin
    create extension if not exists pg_trgm schema public;
  exception when others then null;
  end;
  select nspname into place from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
  where extname = 'pg_trgm';
  if place is not null then
    execute format('create index ix_search_texts_text on search_texts using gin (text %I.gin_trgm_ops)', place);
  end if;
end $$
-- next
CREATE TABLE stages (
	id BIGSERIAL NOT NULL,
	pipeline_id BIGINT NOT NULL,
	name TEXT NOT NULL,
	order_nr INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	deal_probability INTEGER NOT NULL,
	is_deal_rot_enabled BOOLEAN DEFAULT false NOT NULL,
	days_to_rotten INTEGER,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE users (
	id BIGSERIAL NOT NULL,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	phone TEXT,
	default_currency TEXT NOT NULL,
	locale TEXT NOT NULL,
	lang INTEGER NOT NULL,
	language_code TEXT NOT NULL,
	country_code TEXT NOT NULL,
	timezone_name TEXT NOT NULL,
	icon_url TEXT,
	activated BOOLEAN DEFAULT false NOT NULL,
	is_active BOOLEAN DEFAULT true NOT NULL,
	is_deleted BOOLEAN DEFAULT false NOT NULL,
	has_created_company BOOLEAN DEFAULT false NOT NULL,
	access JSONB NOT NULL,
	role_id BIGINT NOT NULL,
	last_login TIMESTAMP(0) WITHOUT TIME ZONE,
	add_time TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL,
	update_time TIMESTAMP(0) WITHOUT TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT uq_users_email UNIQUE (email)
)
