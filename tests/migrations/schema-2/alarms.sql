-- metadata.sqlite
CREATE TABLE _cf_ALARM (
      actor_id TEXT PRIMARY KEY,
      scheduled_time INTEGER,
      actor_name TEXT
    ) WITHOUT ROWID;
INSERT INTO _cf_ALARM (actor_id, scheduled_time, actor_name) VALUES ('395ff4e6cafe3d1029246c10af11894e799e94d7f1517eecaf9d7cad20e359a2', 1795922144573000000, 'shard-2');
INSERT INTO _cf_ALARM (actor_id, scheduled_time, actor_name) VALUES ('7993091ba5323f90fbfe807a54bc632d768754ab9d627254912f831cf05cb70a', 1795922144245000000, 'shard-0');
INSERT INTO _cf_ALARM (actor_id, scheduled_time, actor_name) VALUES ('992a00db70ffcd0498ead88055aa56c7ff5fb0347eeab3c56d225d5601151d4f', 1795922146305000000, 'shard-1');
