-- A text that one holder at a time renews. Who holds it is kept with it, also when the time is up:
-- so a holder that comes back after another has taken over can store nothing.
local key, step, holder = KEYS[1], ARGV[1], ARGV[2]
local KEPT = 604800000 -- ms: longer than a token lives

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

if step == 'now' then return string.format('%.0f', now) end
local kept = redis.call('HMGET', key, 'holder', 'until', 'text')

if step == 'take' then
  if kept[1] and kept[1] ~= holder and tonumber(kept[2]) > now then return 0 end
  redis.call('HSET', key, 'holder', holder, 'until', string.format('%.0f', now + tonumber(ARGV[3])))
  redis.call('PEXPIRE', key, KEPT)
  return 1
elseif step == 'load' then
  return kept[3]
elseif kept[1] ~= holder then
  return 0
elseif step == 'store' then
  redis.call('HSET', key, 'text', ARGV[3])
  redis.call('PEXPIRE', key, KEPT)
  return 1
elseif step == 'release' then
  redis.call('HSET', key, 'until', '0')
  return 1
end
return redis.error_reply('no such step')
