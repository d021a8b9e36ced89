-- Notes sorted by the server's time, one after another; each begins with a mark of its own, so that
-- equal ones count.
local key, step = KEYS[1], ARGV[1]
local KEPT = 86400000 -- ms

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local whole = function(number) return string.format('%.0f', number) end

if step == 'append' then
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) >= now then now = tonumber(last) + 1 end
  redis.call('ZADD', key, whole(now), ARGV[2] .. ' ' .. ARGV[3])
  redis.call('PEXPIRE', key, KEPT)
  return 1
elseif step == 'recent' then
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. whole(now - tonumber(ARGV[2])))
  return redis.call('ZRANGEBYSCORE', key, '-inf', '+inf')
elseif step == 'clear' then
  return redis.call('DEL', key)
end
return redis.error_reply('no such step')
