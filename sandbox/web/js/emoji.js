// Knows the emoji shortcodes that people and release bots use, as unicode.

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|eyes 👀|white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎
tada 🎉|confetti_ball 🎊|rocket 🚀|ship 🚢|fire 🔥|boom 💥|collision 💥|warning ⚠️|rotating_light 🚨|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑
construction 🚧|lock 🔒|unlock 🔓|closed_lock_with_key 🔐|lock_with_ink_pen 🔏|key 🔑|shield 🛡️|hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️
alarm_clock ⏰|clock1 🕐|clock3 🕒|clock9 🕘|watch ⌚|timer_clock ⏲️|calendar 📅|date 📅|spiral_calendar_pad 🗓️|pushpin 📌|round_pushpin 📍|paperclip 📎
link 🔗|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|bookmark 🔖|bookmark_tabs 📑|label 🏷️|scroll 📜|page_facing_up 📄|page_with_curl 📃|newspaper 📰
book 📖|books 📚|notebook 📓|ledger 📒|file_folder 📁|open_file_folder 📂|card_index_dividers 🗂️|wastebasket 🗑️|package 📦|inbox_tray 📥|outbox_tray 📤
mailbox 📫|email ✉️|envelope ✉️|incoming_envelope 📨|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|mag 🔍|mag_right 🔎|microscope 🔬
telescope 🔭|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|nut_and_bolt 🔩|toolbox 🧰|test_tube 🧪|bug 🐛|beetle 🐞|ladybug 🐞|ant 🐜|bulb 💡|flashlight 🔦
electric_plug 🔌|battery 🔋|computer 💻|desktop_computer 🖥️|keyboard ⌨️|floppy_disk 💾|cd 💿|iphone 📱|telephone_receiver 📞|pager 📟|satellite 🛰️|satellite_antenna 📡
robot_face 🤖|ghost 👻|skull 💀|skull_and_crossbones ☠️|alien 👽|poop 💩|hankey 💩|clown_face 🤡
large_green_circle 🟢|large_yellow_circle 🟡|large_orange_circle 🟠|red_circle 🔴|large_red_circle 🔴|large_blue_circle 🔵|large_purple_circle 🟣|white_circle ⚪
black_circle ⚫|large_brown_circle 🟤|radio_button 🔘|large_green_square 🟩|large_red_square 🟥|large_yellow_square 🟨|large_blue_square 🟦|large_orange_square 🟧
white_large_square ⬜|black_large_square ⬛|small_red_triangle 🔺|small_red_triangle_down 🔻|small_blue_diamond 🔹|small_orange_diamond 🔸|large_blue_diamond 🔷
arrow_up ⬆️|arrow_down ⬇️|arrow_left ⬅️|arrow_right ➡️|arrow_upper_right ↗️|arrow_lower_right ↘️|arrows_counterclockwise 🔄|arrows_clockwise 🔃|repeat 🔁
leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|rewind ⏪|fast_forward ⏩|back 🔙|soon 🔜|top 🔝|arrow_forward ▶️|double_vertical_bar ⏸️|black_square_for_stop ⏹️
information_source ℹ️|question ❓|grey_question ❔|exclamation ❗|heavy_exclamation_mark ❗|grey_exclamation ❕|bangbang ‼️|interrobang ⁉️|100 💯|new 🆕|ok 🆗
up 🆙|cool 🆒|free 🆓|sos 🆘|recycle ♻️|heavy_plus_sign ➕|heavy_minus_sign ➖|heavy_division_sign ➗|hash #️⃣|zero 0️⃣|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣
six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|infinity ♾️|trident 🔱|beginner 🔰|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|rainbow-flag 🏳️‍🌈
trophy 🏆|first_place_medal 🥇|sports_medal 🏅|dart 🎯|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|speech_balloon 💬|thought_balloon 💭|left_speech_bubble 🗨️
mute 🔇|loud_sound 🔊|zap ⚡|star ⭐|star2 🌟|sparkles ✨|dizzy 💫|sunny ☀️|partly_sunny ⛅|cloud ☁️|rain_cloud 🌧️|thunder_cloud_and_rain ⛈️|snowflake ❄️
snowman ⛄|umbrella ☔|rainbow 🌈|ocean 🌊|droplet 💧|earth_africa 🌍|earth_americas 🌎|globe_with_meridians 🌐|crescent_moon 🌙|new_moon 🌑
zzz 💤|sleeping 😴|smile 😄|smiley 😃|grinning 😀|grin 😁|joy 😂|rolling_on_the_floor_laughing 🤣|laughing 😆|wink 😉|blush 😊|slightly_smiling_face 🙂
upside_down_face 🙃|heart_eyes 😍|sunglasses 😎|nerd_face 🤓|face_with_monocle 🧐|thinking_face 🤔|thinking 🤔|neutral_face 😐|expressionless 😑|no_mouth 😶
grimacing 😬|face_with_rolling_eyes 🙄|smirk 😏|relieved 😌|pensive 😔|worried 😟|confused 😕|disappointed 😞|cry 😢|sob 😭|scream 😱|fearful 😨|cold_sweat 😰
sweat 😓|sweat_smile 😅|rage 😡|angry 😠|exploding_head 🤯|flushed 😳|hot_face 🥵|cold_face 🥶|partying_face 🥳|star-struck 🤩|hugging_face 🤗|zany_face 🤪
shushing_face 🤫|saluting_face 🫡|melting_face 🫠|facepalm 🤦|shrug 🤷|wave 👋|raised_hands 🙌|clap 👏|pray 🙏|handshake 🤝|muscle 💪|ok_hand 👌|v ✌️|crossed_fingers 🤞
point_up ☝️|point_up_2 👆|point_down 👇|point_left 👈|point_right 👉|raised_hand ✋|hand ✋|fist ✊|facepunch 👊|writing_hand ✍️|brain 🧠|eye 👁️
heart ❤️|orange_heart 🧡|yellow_heart 💛|green_heart 💚|blue_heart 💙|purple_heart 💜|black_heart 🖤|broken_heart 💔|sparkling_heart 💖
bust_in_silhouette 👤|busts_in_silhouette 👥|technologist 🧑‍💻|construction_worker 👷|male-construction-worker 👷‍♂️|detective 🕵️|guardsman 💂|ninja 🥷|firefighter 🧑‍🚒|fire_engine 🚒
ambulance 🚑|police_car 🚓|racing_car 🏎️|bus 🚌|steam_locomotive 🚂|airplane ✈️|airplane_departure 🛫|airplane_arriving 🛬|helicopter 🚁|parachute 🪂|anchor ⚓|sailboat ⛵
fuelpump ⛽|traffic_light 🚦|vertical_traffic_light 🚥|barrier 🚧|house 🏠|office 🏢|factory 🏭|hospital 🏥|bank 🏦|classical_building 🏛️
coffee ☕|tea 🍵|beer 🍺|beers 🍻|champagne 🍾|pizza 🍕|doughnut 🍩|cookie 🍪|cake 🍰|birthday 🎂|cherries 🍒|apple 🍎|banana 🍌|popcorn 🍿|gift 🎁|balloon 🎈
seedling 🌱|herb 🌿|four_leaf_clover 🍀|evergreen_tree 🌲|cactus 🌵|sunflower 🌻|rose 🌹|dog 🐶|cat 🐱|bear 🐻|panda_face 🐼|penguin 🐧|chicken 🐔|owl 🦉|unicorn_face 🦄
turtle 🐢|snail 🐌|snake 🐍|dragon 🐉|whale 🐳|dolphin 🐬|octopus 🐙|crab 🦀|spider 🕷️|elephant 🐘|monkey 🐒|see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊
money_with_wings 💸|moneybag 💰|dollar 💵|credit_card 💳|gem 💎|crystal_ball 🔮|magic_wand 🪄|ticket 🎫|art 🎨|musical_note 🎵|guitar 🎸|video_game 🎮|jigsaw 🧩|game_die 🎲
scales ⚖️|balance_scale ⚖️|chains ⛓️|ladder 🪜|hook 🪝|magnet 🧲|compass 🧭|world_map 🗺️|door 🚪|broom 🧹|soap 🧼|bandage 🩹|adhesive_bandage 🩹|pill 💊|syringe 💉|dna 🧬
`;

const GLYPHS = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((pair) => {
      const at = pair.indexOf(" ");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
);

/** The ones offered first where a person adds a reaction. */
export const FAVOURITES = ["eyes", "white_check_mark", "+1", "tada", "rocket", "fire", "thinking_face", "raised_hands", "heart", "x"];

/** Return the unicode of a shortcode (without colons; a skin tone is dropped), or null. */
export function glyph(name) {
  return GLYPHS.get(name.split("::")[0].toLowerCase()) ?? null;
}

/** Return up to `limit` `[name, unicode]` whose name holds `query`, those that begin with it first. */
export function findEmoji(query, limit = 60) {
  const wanted = query.toLowerCase();
  const hits = [...GLYPHS].filter(([name]) => name.includes(wanted));
  hits.sort((a, b) => Number(b[0].startsWith(wanted)) - Number(a[0].startsWith(wanted)));
  const drawn = new Set();
  return hits.filter(([, unicode]) => !drawn.has(unicode) && drawn.add(unicode)).slice(0, limit);
}

/** Replace `:shortcodes:` in a plain text. */
export const withEmoji = (text) => text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/gi, (whole, name) => glyph(name) ?? whole);
