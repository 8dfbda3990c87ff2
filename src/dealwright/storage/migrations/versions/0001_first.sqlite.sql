CREATE TABLE activities (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	subject TEXT NOT NULL,
	type TEXT NOT NULL,
	owner_id INTEGER NOT NULL,
	creator_user_id INTEGER NOT NULL,
	update_user_id INTEGER,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	deal_id INTEGER,
	lead_id TEXT,
	person_id INTEGER,
	org_id INTEGER,
	project_id INTEGER,
	due_date TEXT,
	due_time TEXT,
	duration TEXT,
	busy BOOLEAN DEFAULT 0 NOT NULL,
	done BOOLEAN DEFAULT 0 NOT NULL,
	marked_as_done_time TEXT,
	location TEXT,
	attendees TEXT NOT NULL,
	conference_meeting_client TEXT,
	conference_meeting_url TEXT,
	conference_meeting_id TEXT,
	public_description TEXT,
	priority INTEGER,
	note TEXT,
	revision INTEGER DEFAULT '0' NOT NULL
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
create trigger activities_revision after update on activities when new.revision = old.revision begin update activities set revision = old.revision + 1 where id = new.id; end
-- next
CREATE TABLE activity_participants (
	activity_id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	position INTEGER NOT NULL,
	is_primary BOOLEAN DEFAULT 0 NOT NULL,
	PRIMARY KEY (activity_id, person_id)
)
-- next
CREATE INDEX ix_activity_participants_person_id ON activity_participants (person_id)
-- next
CREATE TABLE activity_types (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	order_nr INTEGER NOT NULL,
	name TEXT NOT NULL,
	key_string TEXT NOT NULL,
	icon_key TEXT NOT NULL,
	color TEXT,
	is_active BOOLEAN DEFAULT 1 NOT NULL,
	is_custom BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT,
	CONSTRAINT uq_activity_types_key_string UNIQUE (key_string)
)
-- next
CREATE TABLE changes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	time TEXT NOT NULL,
	actor_user_id INTEGER NOT NULL,
	object TEXT NOT NULL,
	record_id INTEGER NOT NULL,
	action TEXT NOT NULL,
	fields TEXT NOT NULL,
	source TEXT NOT NULL,
	user_agent TEXT,
	is_bulk BOOLEAN DEFAULT 0 NOT NULL
)
-- next
CREATE INDEX ix_changes_record ON changes (object, record_id, id)
-- next
CREATE INDEX ix_changes_time ON changes (time, id)
-- next
CREATE TABLE company (
	id INTEGER NOT NULL,
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
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	symbol TEXT NOT NULL,
	decimal_points INTEGER NOT NULL,
	is_active BOOLEAN DEFAULT 1 NOT NULL,
	is_custom BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT uq_currencies_code UNIQUE (code)
)
-- next
CREATE TABLE deal_participants (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	deal_id INTEGER NOT NULL,
	person_id INTEGER NOT NULL,
	added_by_user_id INTEGER NOT NULL,
	add_time TEXT NOT NULL,
	CONSTRAINT uq_deal_participants_deal_id_person_id UNIQUE (deal_id, person_id)
)
-- next
CREATE INDEX ix_deal_participants_person_id ON deal_participants (person_id)
-- next
CREATE TABLE deal_stages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	deal_id INTEGER NOT NULL,
	stage_id INTEGER NOT NULL,
	entered_time TEXT NOT NULL,
	left_time TEXT
)
-- next
CREATE INDEX ix_deal_stages_deal_id ON deal_stages (deal_id)
-- next
CREATE TABLE deals (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	title TEXT NOT NULL,
	creator_user_id INTEGER NOT NULL,
	owner_id INTEGER NOT NULL,
	value NUMERIC NOT NULL,
	currency TEXT NOT NULL,
	person_id INTEGER,
	org_id INTEGER,
	stage_id INTEGER NOT NULL,
	pipeline_id INTEGER NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	stage_change_time TEXT,
	status TEXT NOT NULL,
	is_archived BOOLEAN DEFAULT 0 NOT NULL,
	archive_time TEXT,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	probability INTEGER,
	lost_reason TEXT,
	visible_to INTEGER NOT NULL,
	close_time TEXT,
	won_time TEXT,
	first_won_time TEXT,
	lost_time TEXT,
	local_won_date TEXT,
	local_lost_date TEXT,
	local_close_date TEXT,
	expected_close_date TEXT,
	label_ids TEXT NOT NULL,
	origin TEXT NOT NULL,
	origin_id TEXT,
	channel INTEGER,
	channel_id TEXT,
	acv NUMERIC,
	arr NUMERIC,
	mrr NUMERIC,
	revision INTEGER DEFAULT '0' NOT NULL,
	custom_fields TEXT NOT NULL,
	next_activity_id INTEGER,
	next_activity_date TEXT,
	next_activity_time TEXT,
	last_activity_id INTEGER,
	last_activity_date TEXT,
	products_count INTEGER DEFAULT '0' NOT NULL,
	files_count INTEGER DEFAULT '0' NOT NULL,
	notes_count INTEGER DEFAULT '0' NOT NULL,
	followers_count INTEGER DEFAULT '0' NOT NULL,
	email_messages_count INTEGER DEFAULT '0' NOT NULL,
	activities_count INTEGER DEFAULT '0' NOT NULL,
	done_activities_count INTEGER DEFAULT '0' NOT NULL,
	undone_activities_count INTEGER DEFAULT '0' NOT NULL,
	participants_count INTEGER DEFAULT '0' NOT NULL,
	last_incoming_mail_time TEXT,
	last_outgoing_mail_time TEXT
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
create trigger deals_revision after update on deals when new.revision = old.revision begin update deals set revision = old.revision + 1 where id = new.id; end
-- next
CREATE TABLE field_options (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	field_id INTEGER NOT NULL,
	label TEXT NOT NULL,
	color TEXT,
	alt_id TEXT,
	order_nr INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT
)
-- next
CREATE INDEX ix_field_options_field_id ON field_options (field_id)
-- next
CREATE TABLE fields (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	object TEXT NOT NULL,
	"key" TEXT NOT NULL,
	name TEXT NOT NULL,
	description TEXT,
	field_type TEXT NOT NULL,
	order_nr INTEGER NOT NULL,
	is_custom BOOLEAN DEFAULT 0 NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	ui_visibility TEXT NOT NULL,
	important_fields TEXT,
	required_fields TEXT,
	created_by_user_id INTEGER,
	last_updated_by_user_id INTEGER,
	add_time TEXT NOT NULL,
	update_time TEXT,
	CONSTRAINT uq_fields_object_key UNIQUE (object, "key")
)
-- next
CREATE TABLE files (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	file_name TEXT NOT NULL,
	description TEXT,
	file_type TEXT NOT NULL,
	content_type TEXT NOT NULL,
	file_size INTEGER NOT NULL,
	remote_location TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	content_key TEXT,
	user_id INTEGER NOT NULL,
	deal_id INTEGER,
	person_id INTEGER,
	org_id INTEGER,
	product_id INTEGER,
	activity_id INTEGER,
	lead_id TEXT,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL
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
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	type TEXT NOT NULL,
	owner_id INTEGER NOT NULL,
	visible_to INTEGER NOT NULL,
	is_temporary BOOLEAN DEFAULT 0 NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	conditions TEXT NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL
)
-- next
CREATE INDEX ix_filters_owner_id ON filters (owner_id)
-- next
CREATE TABLE followers (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	object TEXT NOT NULL,
	record_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	add_time TEXT NOT NULL,
	CONSTRAINT uq_followers_object_record_id_user_id UNIQUE (object, record_id, user_id)
)
-- next
CREATE INDEX ix_followers_user_id ON followers (user_id)
-- next
CREATE TABLE lead_labels (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	uuid TEXT NOT NULL,
	name TEXT NOT NULL,
	color TEXT NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	CONSTRAINT uq_lead_labels_uuid UNIQUE (uuid)
)
-- next
CREATE TABLE leads (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	uuid TEXT NOT NULL,
	title TEXT NOT NULL,
	owner_id INTEGER NOT NULL,
	creator_id INTEGER NOT NULL,
	label_ids TEXT NOT NULL,
	person_id INTEGER,
	organization_id INTEGER,
	value NUMERIC,
	currency TEXT,
	expected_close_date TEXT,
	source_name TEXT NOT NULL,
	origin TEXT NOT NULL,
	origin_id TEXT,
	channel INTEGER,
	channel_id TEXT,
	is_archived BOOLEAN DEFAULT 0 NOT NULL,
	was_seen BOOLEAN DEFAULT 0 NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	visible_to INTEGER NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	custom_fields TEXT NOT NULL,
	next_activity_id INTEGER,
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
	note_id INTEGER NOT NULL,
	content TEXT NOT NULL,
	user_id INTEGER NOT NULL,
	updater_id INTEGER,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT,
	PRIMARY KEY (uuid)
)
-- next
CREATE INDEX ix_note_comments_note_id ON note_comments (note_id)
-- next
CREATE TABLE notes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	content TEXT NOT NULL,
	user_id INTEGER NOT NULL,
	last_update_user_id INTEGER,
	deal_id INTEGER,
	person_id INTEGER,
	org_id INTEGER,
	lead_id TEXT,
	project_id INTEGER,
	pinned_to_deal_flag BOOLEAN DEFAULT 0 NOT NULL,
	pinned_to_person_flag BOOLEAN DEFAULT 0 NOT NULL,
	pinned_to_organization_flag BOOLEAN DEFAULT 0 NOT NULL,
	pinned_to_lead_flag BOOLEAN DEFAULT 0 NOT NULL,
	pinned_to_project_flag BOOLEAN DEFAULT 0 NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL
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
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	type TEXT NOT NULL,
	rel_owner_org_id INTEGER NOT NULL,
	rel_linked_org_id INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL
)
-- next
CREATE INDEX ix_organization_relationships_rel_linked_org_id ON organization_relationships (rel_linked_org_id)
-- next
CREATE INDEX ix_organization_relationships_rel_owner_org_id ON organization_relationships (rel_owner_org_id)
-- next
CREATE TABLE organizations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	owner_id INTEGER NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	address TEXT,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	visible_to INTEGER NOT NULL,
	label_ids TEXT NOT NULL,
	picture_id INTEGER,
	country_code TEXT,
	website TEXT,
	linkedin TEXT,
	industry INTEGER,
	annual_revenue DOUBLE,
	employee_count INTEGER,
	revision INTEGER DEFAULT '0' NOT NULL,
	custom_fields TEXT NOT NULL,
	first_char TEXT NOT NULL,
	next_activity_id INTEGER,
	next_activity_date TEXT,
	next_activity_time TEXT,
	last_activity_id INTEGER,
	last_activity_date TEXT,
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
	people_count INTEGER DEFAULT '0' NOT NULL
)
-- next
CREATE INDEX ix_organizations_add_time ON organizations (add_time, id)
-- next
CREATE INDEX ix_organizations_owner ON organizations (owner_id, id)
-- next
CREATE INDEX ix_organizations_update_time ON organizations (update_time, id)
-- next
create trigger organizations_revision after update on organizations when new.revision = old.revision begin update organizations set revision = old.revision + 1 where id = new.id; end
-- next
CREATE TABLE permission_sets (
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	app TEXT NOT NULL,
	type TEXT NOT NULL,
	contents TEXT NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE person_pictures (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	person_id INTEGER NOT NULL,
	content_key TEXT NOT NULL,
	file_size INTEGER NOT NULL,
	added_by_user_id INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT,
	CONSTRAINT uq_person_pictures_content_key UNIQUE (content_key)
)
-- next
CREATE INDEX ix_person_pictures_person_id ON person_pictures (person_id)
-- next
CREATE TABLE persons (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	first_name TEXT,
	last_name TEXT,
	owner_id INTEGER NOT NULL,
	org_id INTEGER,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	emails TEXT NOT NULL,
	phones TEXT NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	visible_to INTEGER NOT NULL,
	label_ids TEXT NOT NULL,
	picture_id INTEGER,
	notes TEXT,
	im TEXT NOT NULL,
	birthday TEXT,
	job_title TEXT,
	postal_address TEXT,
	marketing_status TEXT NOT NULL,
	doi_status INTEGER NOT NULL,
	revision INTEGER DEFAULT '0' NOT NULL,
	custom_fields TEXT NOT NULL,
	first_char TEXT NOT NULL,
	next_activity_id INTEGER,
	next_activity_date TEXT,
	next_activity_time TEXT,
	last_activity_id INTEGER,
	last_activity_date TEXT,
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
	last_incoming_mail_time TEXT,
	last_outgoing_mail_time TEXT
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
create trigger persons_revision after update on persons when new.revision = old.revision begin update persons set revision = old.revision + 1 where id = new.id; end
-- next
CREATE TABLE pipelines (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	order_nr INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	is_deal_probability_enabled BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT
)
-- next
CREATE TABLE product_images (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	product_id INTEGER NOT NULL,
	content_key TEXT NOT NULL,
	name TEXT NOT NULL,
	mime_type TEXT NOT NULL,
	file_size INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	add_time TEXT NOT NULL
)
-- next
CREATE INDEX ix_product_images_product_id ON product_images (product_id)
-- next
CREATE TABLE product_prices (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	product_id INTEGER NOT NULL,
	currency TEXT NOT NULL,
	price NUMERIC NOT NULL,
	cost NUMERIC NOT NULL,
	direct_cost NUMERIC,
	notes TEXT NOT NULL,
	CONSTRAINT uq_product_prices_product_id_currency UNIQUE (product_id, currency)
)
-- next
CREATE TABLE products (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	code TEXT,
	description TEXT,
	unit TEXT NOT NULL,
	tax NUMERIC NOT NULL,
	category INTEGER,
	owner_id INTEGER NOT NULL,
	is_linkable BOOLEAN DEFAULT 1 NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	delete_time TEXT,
	visible_to INTEGER NOT NULL,
	add_time TEXT NOT NULL,
	update_time TEXT NOT NULL,
	billing_frequency TEXT NOT NULL,
	billing_frequency_cycles INTEGER,
	first_char TEXT NOT NULL,
	custom_fields TEXT NOT NULL
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
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	parent_role_id INTEGER,
	name TEXT NOT NULL,
	is_active BOOLEAN DEFAULT 1 NOT NULL,
	settings TEXT NOT NULL,
	hidden_pipeline_ids TEXT NOT NULL
)
-- next
CREATE TABLE search_texts (
	id INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (id)
)
-- next
create index ix_search_texts_start on search_texts (substr(text, 1, 24)) where id >= 164926744166400
-- next
create virtual table search_index using fts5(text, content='search_texts', content_rowid='id', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')
-- next
create table search_pending (id integer primary key, indexed text)
-- next
create trigger search_texts_insert after insert on search_texts begin insert into search_pending (id, indexed) select new.id, null where not exists (select 1 from search_pending where id = new.id); end
-- next
create trigger search_texts_update after update on search_texts begin insert into search_pending (id, indexed) select old.id, old.text where not exists (select 1 from search_pending where id = old.id); end
-- next
create trigger search_texts_delete after delete on search_texts begin insert into search_pending (id, indexed) select old.id, old.text where not exists (select 1 from search_pending where id = old.id); end
-- next
CREATE TABLE stages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	pipeline_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	order_nr INTEGER NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	deal_probability INTEGER NOT NULL,
	is_deal_rot_enabled BOOLEAN DEFAULT 0 NOT NULL,
	days_to_rotten INTEGER,
	add_time TEXT NOT NULL,
	update_time TEXT
)
-- next
CREATE TABLE users (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
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
	activated BOOLEAN DEFAULT 0 NOT NULL,
	is_active BOOLEAN DEFAULT 1 NOT NULL,
	is_deleted BOOLEAN DEFAULT 0 NOT NULL,
	has_created_company BOOLEAN DEFAULT 0 NOT NULL,
	access TEXT NOT NULL,
	role_id INTEGER NOT NULL,
	last_login TEXT,
	add_time TEXT NOT NULL,
	update_time TEXT,
	CONSTRAINT uq_users_email UNIQUE (email)
)
