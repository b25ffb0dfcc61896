PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0001');
CREATE TABLE inbox (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	state TEXT NOT NULL, 
	received_at TEXT NOT NULL, 
	envelope TEXT NOT NULL, 
	begun_at TEXT, 
	finished_at TEXT, 
	error TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO inbox VALUES(1,'tick:logwatch.scan:checkout-api:2026-11-26T02:08:45.560736+00:00','job:logwatch.scan:checkout-api','done','2026-11-26T02:08:45.560736Z','{"channel":"","enterprise":"","key":"tick:logwatch.scan:checkout-api:2026-11-26T02:08:45.560736+00:00","kind":"tick","message_ts":"","name":"logwatch.scan","private_metadata":"","received_at":"2026-11-26T02:08:45.560736Z","removed":false,"response_url":"","team":"","text":"","thread_ts":"","trigger_id":"","user":"","value":"checkout-api","values":{},"view_id":""}',NULL,'2026-11-26T02:08:45.650990Z','');
INSERT INTO inbox VALUES(2,'467926022984.978770601600.f3fbc9e19fa9b7ea6b88ca06b7d4689d','alone:467926022984.978770601600.f3fbc9e19fa9b7ea6b88ca06b7d4689d','done','2026-11-26T02:08:45.633201Z','{"channel":"C0OPS","enterprise":"","key":"467926022984.978770601600.f3fbc9e19fa9b7ea6b88ca06b7d4689d","kind":"command","message_ts":"","name":"/release","private_metadata":"","received_at":"2026-11-26T02:08:45.633201Z","removed":false,"response_url":"http://127.0.0.1:41417/response/m6X7L0d0pnOtiY0VVeZOjw","team":"T0ACME","text":"checkout 1.5.0 staging","thread_ts":"","trigger_id":"467926022984.978770601600.f3fbc9e19fa9b7ea6b88ca06b7d4689d","user":"U0ANN","value":"","values":{},"view_id":""}','2026-11-26T02:08:45.640210Z','2026-11-26T02:08:45.723088Z','');
INSERT INTO inbox VALUES(3,'tick:logwatch.scan:checkout-api:2026-11-26T02:08:46.498507+00:00','job:logwatch.scan:checkout-api','done','2026-11-26T02:08:46.498507Z','{"channel":"","enterprise":"","key":"tick:logwatch.scan:checkout-api:2026-11-26T02:08:46.498507+00:00","kind":"tick","message_ts":"","name":"logwatch.scan","private_metadata":"","received_at":"2026-11-26T02:08:46.498507Z","removed":false,"response_url":"","team":"","text":"","thread_ts":"","trigger_id":"","user":"","value":"checkout-api","values":{},"view_id":""}',NULL,'2026-11-26T02:08:46.507642Z','');
INSERT INTO inbox VALUES(4,'tick:logwatch.scan:checkout-api:2026-11-26T02:08:47.500223+00:00','job:logwatch.scan:checkout-api','done','2026-11-26T02:08:47.500223Z','{"channel":"","enterprise":"","key":"tick:logwatch.scan:checkout-api:2026-11-26T02:08:47.500223+00:00","kind":"tick","message_ts":"","name":"logwatch.scan","private_metadata":"","received_at":"2026-11-26T02:08:47.500223Z","removed":false,"response_url":"","team":"","text":"","thread_ts":"","trigger_id":"","user":"","value":"checkout-api","values":{},"view_id":""}',NULL,'2026-11-26T02:08:47.508854Z','');
INSERT INTO inbox VALUES(5,'tick:logwatch.scan:checkout-api:2026-11-26T02:08:48.502126+00:00','job:logwatch.scan:checkout-api','done','2026-11-26T02:08:48.502126Z','{"channel":"","enterprise":"","key":"tick:logwatch.scan:checkout-api:2026-11-26T02:08:48.502126+00:00","kind":"tick","message_ts":"","name":"logwatch.scan","private_metadata":"","received_at":"2026-11-26T02:08:48.502126Z","removed":false,"response_url":"","team":"","text":"","thread_ts":"","trigger_id":"","user":"","value":"checkout-api","values":{},"view_id":""}',NULL,'2026-11-26T02:08:48.527098Z','');
CREATE TABLE operations (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	request_key TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	service TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	requested_at TEXT NOT NULL, 
	updated_at TEXT NOT NULL, 
	finished_at TEXT, 
	document TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id), 
	UNIQUE (request_key)
);
INSERT INTO operations VALUES(1,'15176633','467926022984.978770601600.f3fbc9e19fa9b7ea6b88ca06b7d4689d','release','succeeded','checkout','staging','2026-11-26T02:08:45.717046Z','2026-11-26T02:08:47.874803Z','2026-11-26T02:08:47.874803Z','{"actor":"U0ANN","approvals":[],"approvals_needed":0,"approvers":"","attempt":1,"channel":"C0OPS","commits":6,"compare_url":"http://127.0.0.1:41417/acme/checkout/compare/v1.4.2...e66ef1ea3776b25c96e27d31dc5bf045571b8a2c","digest":"cbfa884a908a11ffbf9c5e9a73fc06dfe8ecef6c0169a9da3f2f21296e87c4dc","dispatch_id":"chatopsd-15176633","dispatched_at":"2026-11-26T02:08:45.000617Z","echo":"","environment":"staging","expires_at":null,"finished_at":"2026-11-26T02:08:47.874803Z","id":"15176633","inputs":{"dispatch_id":"chatopsd-15176633","environment":"staging","sha":"e66ef1ea3776b25c96e27d31dc5bf045571b8a2c","version":"v1.5.0"},"jobs":[{"name":"Claim the tag","seconds":1.0,"state":"succeeded","step":"","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849745"},{"name":"Build","seconds":0.0,"state":"succeeded","step":"","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849752"},{"name":"Publish the release","seconds":0.0,"state":"succeeded","step":"","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849759"},{"name":"Deploy","seconds":0.0,"state":"succeeded","step":"","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849766"}],"kind":"release","log_tail":"","previous":"v1.4.2","reason":"","ref":"main","release_url":"http://127.0.0.1:41417/acme/checkout/releases/tag/v1.5.0","reminded":false,"repo":"acme/checkout","requested_at":"2026-11-26T02:08:45.717046Z","run_id":19846849738,"run_number":1,"run_url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738","service":"checkout","sha":"e66ef1ea3776b25c96e27d31dc5bf045571b8a2c","started_at":"2026-11-26T02:08:45.000000Z","state":"succeeded","updated_at":"2026-11-26T02:08:47.874803Z","version":"v1.5.0","workflow":"release.yml"}');
CREATE TABLE audit_events (
	seq INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	prev_hash TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO audit_events VALUES(1,'2026-11-26T02:08:45.717046Z','U0ANN','operation.approved','operation:15176633','{"environment":"staging","inputs":{"dispatch_id":"chatopsd-15176633","environment":"staging","sha":"e66ef1ea3776b25c96e27d31dc5bf045571b8a2c","version":"v1.5.0"},"sha":"e66ef1ea3776b25c96e27d31dc5bf045571b8a2c","version":"v1.5.0"}','','fa357ec67b2c2f4e54ffbe231c7fd9d915242721a8405edaf44c88871d5a88d9');
INSERT INTO audit_events VALUES(2,'2026-11-26T02:08:45.790992Z','chatopsd','operation.dispatching','operation:15176633','{}','fa357ec67b2c2f4e54ffbe231c7fd9d915242721a8405edaf44c88871d5a88d9','33ff96aa9d3853decf58cf37f747ded33e117a30af421fba90e64100c2f32c22');
INSERT INTO audit_events VALUES(3,'2026-11-26T02:08:45.837287Z','chatopsd','operation.running','operation:15176633','{"run_id":19846849738}','33ff96aa9d3853decf58cf37f747ded33e117a30af421fba90e64100c2f32c22','cc64946461246b5463cc86870aff2bcb2831a36c34c9ca9410a62705e184f979');
INSERT INTO audit_events VALUES(4,'2026-11-26T02:08:47.874803Z','github','operation.succeeded','operation:15176633','{"run_id":19846849738}','cc64946461246b5463cc86870aff2bcb2831a36c34c9ca9410a62705e184f979','bdedfb6f362828aee115f60297a3c0a5a4f5ec96b96f7d82dafb1b0b5a38e656');
INSERT INTO audit_events VALUES(5,'2026-11-26T02:08:48.521620Z','chatopsd','alert.opened','alert:A1','{"errors":5,"kinds":1,"lines":5,"new":1,"watch":"checkout-api"}','bdedfb6f362828aee115f60297a3c0a5a4f5ec96b96f7d82dafb1b0b5a38e656','3ce8f3cf5357a67798e699ca2b56327a10491ece74d43192f03a7fd6c499421b');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	state TEXT NOT NULL, 
	story TEXT NOT NULL, 
	thread_of TEXT NOT NULL, 
	thread_ts TEXT NOT NULL, 
	message TEXT NOT NULL, 
	whisper TEXT, 
	"key" TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	created_at TEXT NOT NULL, 
	tried_at TEXT, 
	ended_at TEXT, 
	ts TEXT DEFAULT '' NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO outbox VALUES(1,'C0OPS','sent','operation:15176633','','','{"blocks":[{"text":{"text":"\ud83d\udd50 *checkout* `v1.5.0` \u2192 *staging* \u00b7 about to be sent to GitHub","type":"mrkdwn","verbatim":true},"type":"section"},{"elements":[{"text":"Release by ann \u00b7 from `v1.4.2` \u00b7 main at `e66ef1e` \u00b7 `15176633`","type":"mrkdwn","verbatim":true}],"type":"context"}],"text":"\ud83d\udd50 *checkout* `v1.5.0` \u2192 *staging* \u00b7 about to be sent to GitHub"}',NULL,'29a5aaa485868b59',1,'2026-11-26T02:08:45.717046Z','2026-11-26T02:08:45.726958Z','2026-11-26T02:08:45.733522Z','1795658925.731551','');
INSERT INTO outbox VALUES(2,'C0OPS','sent','operation:15176633','','','{"blocks":[{"text":{"text":"\ud83d\udce8 *checkout* `v1.5.0` \u2192 *staging* \u00b7 on its way to GitHub, waiting for its run","type":"mrkdwn","verbatim":true},"type":"section"},{"elements":[{"text":"Release by ann \u00b7 from `v1.4.2` \u00b7 6 commits \u00b7 main at `e66ef1e` \u00b7 `15176633`","type":"mrkdwn","verbatim":true}],"type":"context"},{"block_id":"links:15176633","elements":[{"action_id":"open:1","text":{"emoji":true,"text":"Compare","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/compare/v1.4.2...e66ef1ea3776b25c96e27d31dc5bf045571b8a2c"}],"type":"actions"}],"text":"\ud83d\udce8 *checkout* `v1.5.0` \u2192 *staging* \u00b7 on its way to GitHub, waiting for its run"}',NULL,'f79c586645dfe1d3',1,'2026-11-26T02:08:45.790992Z','2026-11-26T02:08:45.796157Z','2026-11-26T02:08:45.801247Z','1795658925.731551','');
INSERT INTO outbox VALUES(3,'C0OPS','sent','','operation:15176633','','{"blocks":[{"text":{"text":"*6 commits since `v1.4.2`*\n\u2022 chore(deps): bump httpx from 0.27.0 to 0.28.1 (#137) _dana_\n\u2022 fix(cart): show the voucher''s own currency (#136) _ria_\n\u2022 perf(prices): load the price list in one query (#134) _ann_\n\u2022 docs: describe the refund webhook (#133) _mika_\n\u2022 fix(payment): retry a declined 3-D Secure challenge once (#132) _dana_\n\u2022 feat(cart): keep the cart when the session expires (#131) _ann_","type":"mrkdwn","verbatim":true},"type":"section"}],"text":"*6 commits since `v1.4.2`*"}',NULL,'cf6753b3ae56f045',1,'2026-11-26T02:08:45.790992Z','2026-11-26T02:08:45.804331Z','2026-11-26T02:08:45.810890Z','1795658925.810178','');
INSERT INTO outbox VALUES(4,'C0OPS','sent','operation:15176633','','','{"blocks":[{"text":{"text":"\u23f3 *checkout* `v1.5.0` \u2192 *staging* \u00b7 running","type":"mrkdwn","verbatim":true},"type":"section"},{"elements":[{"text":"Release by ann \u00b7 from `v1.4.2` \u00b7 6 commits \u00b7 main at `e66ef1e` \u00b7 `15176633`","type":"mrkdwn","verbatim":true}],"type":"context"},{"block_id":"links:15176633","elements":[{"action_id":"open:0","text":{"emoji":true,"text":"Run","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738"},{"action_id":"open:1","text":{"emoji":true,"text":"Compare","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/compare/v1.4.2...e66ef1ea3776b25c96e27d31dc5bf045571b8a2c"}],"type":"actions"}],"text":"\u23f3 *checkout* `v1.5.0` \u2192 *staging* \u00b7 running"}',NULL,'440fc3d4f7940ec0',1,'2026-11-26T02:08:45.837287Z','2026-11-26T02:08:45.840308Z','2026-11-26T02:08:45.851835Z','1795658925.731551','');
INSERT INTO outbox VALUES(5,'C0OPS','sent','operation:15176633','','','{"blocks":[{"text":{"text":"\u23f3 *checkout* `v1.5.0` \u2192 *staging* \u00b7 running","type":"mrkdwn","verbatim":true},"type":"section"},{"elements":[{"text":"Release by ann \u00b7 from `v1.4.2` \u00b7 6 commits \u00b7 main at `e66ef1e` \u00b7 `15176633`","type":"mrkdwn","verbatim":true}],"type":"context"},{"block_id":"links:15176633","elements":[{"action_id":"open:0","text":{"emoji":true,"text":"Run #1","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738"},{"action_id":"open:1","text":{"emoji":true,"text":"Compare","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/compare/v1.4.2...e66ef1ea3776b25c96e27d31dc5bf045571b8a2c"}],"type":"actions"}],"text":"\u23f3 *checkout* `v1.5.0` \u2192 *staging* \u00b7 running"}',NULL,'fa0fd19b8cbd9b53',1,'2026-11-26T02:08:45.859518Z','2026-11-26T02:08:46.724928Z','2026-11-26T02:08:46.728067Z','1795658925.731551','');
INSERT INTO outbox VALUES(6,'C0OPS','sent','operation:15176633','','','{"blocks":[{"text":{"text":"\u2705 *checkout* `v1.5.0` is live in *staging*","type":"mrkdwn","verbatim":true},"type":"section"},{"text":{"text":"\u2705 <http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849745|Claim the tag> \u00b7 1 s\n\u2705 <http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849752|Build>\n\u2705 <http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849759|Publish the release>\n\u2705 <http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738/job/19846849766|Deploy>","type":"mrkdwn","verbatim":true},"type":"section"},{"elements":[{"text":"Release by ann \u00b7 from `v1.4.2` \u00b7 6 commits \u00b7 main at `e66ef1e` \u00b7 took 3 s \u00b7 `15176633`","type":"mrkdwn","verbatim":true}],"type":"context"},{"block_id":"links:15176633","elements":[{"action_id":"open:0","text":{"emoji":true,"text":"Run #1","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/actions/runs/19846849738"},{"action_id":"open:1","text":{"emoji":true,"text":"Compare","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/compare/v1.4.2...e66ef1ea3776b25c96e27d31dc5bf045571b8a2c"},{"action_id":"open:2","text":{"emoji":true,"text":"Release notes","type":"plain_text"},"type":"button","url":"http://127.0.0.1:41417/acme/checkout/releases/tag/v1.5.0"}],"type":"actions"}],"text":"\u2705 *checkout* `v1.5.0` is live in *staging*"}',NULL,'5a9ae5f547ab2a26',1,'2026-11-26T02:08:47.874803Z','2026-11-26T02:08:47.877600Z','2026-11-26T02:08:47.880131Z','1795658925.731551','');
INSERT INTO outbox VALUES(7,'C0ALERTS','sent','alert:A1','','','{"blocks":[{"text":{"text":"\ud83d\udd34 *checkout-api* \u00b7 Firing \u00b7 nobody has it yet","type":"mrkdwn","verbatim":true},"type":"section"},{"text":{"text":"*5 errors of 5 lines in 1 s \u00b7 1 kind (1 new)* in checkout","type":"mrkdwn","verbatim":true},"type":"section"},{"text":{"text":"*\u00d75* \ud83c\udd95 *NEW* `payment 7 failed`","type":"mrkdwn","verbatim":true},"type":"section"},{"elements":[{"text":"`A1` \u00b7 <!date^1795658927^{time}|02:08 UTC> \u2013 <!date^1795658928^{time}|02:08 UTC>","type":"mrkdwn","verbatim":true}],"type":"context"},{"block_id":"alert:A1","elements":[{"action_id":"ack","style":"primary","text":{"emoji":true,"text":"Acknowledge","type":"plain_text"},"type":"button","value":"A1"}],"type":"actions"}],"text":"\ud83d\udd34 checkout-api: 5 errors of 5 lines in 1 s \u00b7 1 kind (1 new) \u00b7 payment 7 failed"}',NULL,'9e4f524184e27e24',1,'2026-11-26T02:08:48.521620Z','2026-11-26T02:08:48.528371Z','2026-11-26T02:08:48.532682Z','1795658928.530423','');
CREATE TABLE stories (
	story TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	ts TEXT NOT NULL, 
	updated_at TEXT NOT NULL, 
	PRIMARY KEY (story)
);
INSERT INTO stories VALUES('operation:15176633','C0OPS','1795658925.731551','2026-11-26T02:08:47.880131Z');
INSERT INTO stories VALUES('alert:A1','C0ALERTS','1795658928.530423','2026-11-26T02:08:48.532682Z');
CREATE TABLE checkpoints (
	watch TEXT NOT NULL, 
	stream TEXT NOT NULL, 
	document TEXT NOT NULL, 
	updated_at TEXT NOT NULL, 
	PRIMARY KEY (watch, stream)
);
INSERT INTO checkpoints VALUES('checkout-api','(started)','{"position":{"pattern":"/var/log/checkout/*.log"},"stream":"(started)"}','2026-11-26T02:08:45.646225Z');
INSERT INTO checkpoints VALUES('checkout-api','/var/log/checkout/checkout.log','{"position":{"file":{"dev":65024,"head_hash":"227852b6a93ba7f4","head_len":215,"idle":0,"ino":2155276,"mtime_ns":1795658927883110574,"offset":215,"size":215,"tail_hash":"227852b6a93ba7f4","tail_len":215},"from_end":false,"previous":[],"refused":false},"stream":"/var/log/checkout/checkout.log"}','2026-11-26T02:08:48.522120Z');
CREATE TABLE windows (
	id INTEGER NOT NULL, 
	watch TEXT NOT NULL, 
	began_at TEXT NOT NULL, 
	ended_at TEXT NOT NULL, 
	document TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO windows VALUES(1,'checkout-api','2026-11-26T02:08:45.643868Z','2026-11-26T02:08:45.644167Z','{"began_at":"2026-11-26T02:08:45.643868Z","distinct":0,"ended_at":"2026-11-26T02:08:45.644167Z","errors":0,"fingerprints":[],"lines":0,"new":0,"notes":[],"watch":"checkout-api"}');
INSERT INTO windows VALUES(2,'checkout-api','2026-11-26T02:08:45.644167Z','2026-11-26T02:08:46.505987Z','{"began_at":"2026-11-26T02:08:45.644167Z","distinct":0,"ended_at":"2026-11-26T02:08:46.505987Z","errors":0,"fingerprints":[],"lines":0,"new":0,"notes":[],"watch":"checkout-api"}');
INSERT INTO windows VALUES(3,'checkout-api','2026-11-26T02:08:46.505987Z','2026-11-26T02:08:47.507647Z','{"began_at":"2026-11-26T02:08:46.505987Z","distinct":0,"ended_at":"2026-11-26T02:08:47.507647Z","errors":0,"fingerprints":[],"lines":0,"new":0,"notes":[],"watch":"checkout-api"}');
INSERT INTO windows VALUES(4,'checkout-api','2026-11-26T02:08:47.507647Z','2026-11-26T02:08:48.521620Z','{"began_at":"2026-11-26T02:08:47.507647Z","distinct":1,"ended_at":"2026-11-26T02:08:48.521620Z","errors":5,"fingerprints":[{"count":5,"id":"f1-3da90f1bafa8","is_new":true,"sample":"payment 7 failed","template":"payment <*> failed"}],"lines":5,"new":1,"notes":[],"watch":"checkout-api"}');
CREATE TABLE fingerprints (
	watch TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	template TEXT NOT NULL, 
	count INTEGER NOT NULL, 
	first_seen_at TEXT NOT NULL, 
	last_seen_at TEXT NOT NULL, 
	PRIMARY KEY (watch, fingerprint)
);
INSERT INTO fingerprints VALUES('checkout-api','f1-3da90f1bafa8','payment <*> failed',5,'2026-11-26T02:08:48.521620Z','2026-11-26T02:08:48.521620Z');
CREATE TABLE alerts (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	watch TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	state TEXT NOT NULL, 
	opened_at TEXT NOT NULL, 
	document TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO alerts VALUES(1,'A1','checkout-api','C0ALERTS','firing','2026-11-26T02:08:48.521620Z','{"acknowledged_at":null,"acknowledged_by":"","channel":"C0ALERTS","id":"A1","note":"","opened_at":"2026-11-26T02:08:48.521620Z","service":"checkout","state":"firing","watch":"checkout-api","window":{"began_at":"2026-11-26T02:08:47.507647Z","distinct":1,"ended_at":"2026-11-26T02:08:48.521620Z","errors":5,"fingerprints":[{"count":5,"id":"f1-3da90f1bafa8","is_new":true,"sample":"payment 7 failed","template":"payment <*> failed"}],"lines":5,"new":1,"notes":[],"watch":"checkout-api"}}');
CREATE TABLE counters (
	name TEXT NOT NULL, 
	value INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO counters VALUES('alert',1);
CREATE INDEX inbox_unfinished ON inbox (id) WHERE finished_at IS NULL;
CREATE INDEX inbox_finished ON inbox (received_at) WHERE finished_at IS NOT NULL;
CREATE INDEX operations_state ON operations (state, requested_at);
CREATE INDEX operations_requested ON operations (requested_at);
CREATE INDEX operations_service ON operations (service, requested_at);
CREATE INDEX operations_live ON operations (service, environment, state, finished_at);
CREATE INDEX audit_events_subject ON audit_events (subject, seq);
CREATE INDEX outbox_waiting ON outbox (channel, state, id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX outbox_story_pending ON outbox (story) WHERE state = 'pending' AND story != '';
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX stories_place ON stories (channel, ts);
CREATE INDEX windows_watch ON windows (watch, id);
CREATE INDEX alerts_state ON alerts (state, channel);
COMMIT;
