-- One step of a pace; the same in Python: pace.py. All numbers are whole microseconds by the
-- server's clock, which a double of Lua holds exactly.
local key, step = KEYS[1], ARGV[1]
local interval, burst, longest_hold, furthest = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local slowest, recovers_after, one_moment = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local careful, beside_lasts, careful_for = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local KEPT = 86400000 -- ms: longer than anything here is true

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local kept = redis.call('HMGET', key, 'due', 'turns', 'throttled', 'held', 'beside')
local due, turns = tonumber(kept[1] or 0), tonumber(kept[2] or 1)
local throttled, held, beside = tonumber(kept[3] or 0), tonumber(kept[4] or 0), tonumber(kept[5] or 0)

local ahead = math.max(throttled, beside) - now
if ahead > 0 then -- the clock was set back since all were held
  throttled, beside, held = math.min(throttled, now), math.min(beside, now), held - ahead
end

local function keep()
  local whole = function(number) return string.format('%.0f', number) end
  redis.call('HSET', key, 'due', whole(due), 'turns', whole(turns), 'throttled', whole(throttled), 'held', whole(held), 'beside', whole(beside))
  redis.call('PEXPIRE', key, KEPT)
end

local is_careful = now - beside <= beside_lasts or now - throttled <= careful_for

if step == 'book' then
  local most = tonumber(ARGV[12])
  if turns > 1 and now - throttled > recovers_after then
    turns = math.floor(turns / 2)
    throttled = throttled + recovers_after
  end
  local at, planned = math.max(now, held), due
  local refused = at - now > longest_hold
  if not refused then
    if due - now > furthest then planned = 0 end -- made before the clock was set back
    if is_careful then interval = careful end
    for _ = 1, turns do
      planned = math.max(planned, at) + interval
      at = math.max(at, planned - burst * interval)
    end
    refused = at - now > most
  end
  if not refused then due = planned end
  keep()
  return {at, at - now, refused and 1 or 0}
elseif step == 'is_good' then
  local at, late = tonumber(ARGV[12]), tonumber(ARGV[13])
  return {(now - at <= late and held <= now) and 1 or 0}
elseif step == 'slow_down' then
  if now - throttled > one_moment then turns = math.min(slowest, turns * 2) end
  held = math.max(held, now + tonumber(ARGV[12]))
  throttled = now
  keep()
  return {}
elseif step == 'note_beside' then
  if not is_careful then
    local room = tonumber(ARGV[12])
    due, held = due + room, math.max(held, now + room)
  end
  beside = now
  keep()
  return {}
end
return redis.error_reply('no such step')
