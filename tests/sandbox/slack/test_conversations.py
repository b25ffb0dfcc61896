"""conversations.*, users.*, usergroups.*, bots.info, team.info: shapes, members, cursors."""


def test_cursors_walk_through_every_page_of_a_history(slack):
    for n in range(25):
        slack.chat_postMessage(channel="C0OPS", text=str(n))

    pages = [page["messages"] for page in slack.conversations_history(channel="C0OPS", limit=10)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [m["text"] for page in pages for m in page] == [str(n) for n in range(24, -1, -1)]


def test_cursors_walk_through_a_thread_with_the_parent_on_each_page(slack):
    ts = slack.chat_postMessage(channel="C0OPS", text="parent")["ts"]
    for n in range(5):
        slack.chat_postMessage(channel="C0OPS", thread_ts=ts, text=str(n))

    pages = [page["messages"] for page in slack.conversations_replies(channel="C0OPS", ts=ts, limit=2)]
    assert [[m["text"] for m in page] for page in pages] == [["parent", "0", "1"], ["parent", "2", "3"], ["parent", "4"]]


def test_a_history_can_be_cut_by_time(slack):
    stamps = [slack.chat_postMessage(channel="C0OPS", text=str(n))["ts"] for n in range(5)]

    def texts(**cut):
        return [m["text"] for m in slack.conversations_history(channel="C0OPS", **cut)["messages"]]

    assert texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert texts(oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]
    assert texts(latest=stamps[2], inclusive=True, limit=1) == ["2"]


def test_a_wrong_cursor_and_a_wrong_limit_are_refused(slack, refused):
    assert refused(slack.conversations_history, channel="C0OPS", cursor="nonsense") == "invalid_cursor"
    assert refused(slack.conversations_history, channel="C0OPS", limit=0) == "invalid_arguments"


def test_the_list_of_conversations_knows_where_the_bot_is(sandbox, slack):
    pages = [page["channels"] for page in slack.conversations_list(limit=2)]
    assert [len(page) for page in pages] == [2, 2, 1]
    is_member = {channel["name"]: channel["is_member"] for page in pages for channel in page}
    assert is_member == {"ops": True, "checkout": True, "alerts": True, "partners": True, "random": False}

    sandbox.channel("C0OPS", is_archived=True)
    assert "ops" not in [channel["name"] for channel in slack.conversations_list(exclude_archived=True)["channels"]]


def test_a_shared_channel_says_so(slack):
    assert slack.conversations_info(channel="C0PARTNERS")["channel"]["is_ext_shared"] is True
    assert slack.conversations_info(channel="C0OPS", include_num_members=True)["channel"]["num_members"] == 5


def test_a_private_channel_is_hidden_until_the_bot_is_in(sandbox, slack, refused):
    sandbox.channel("G0SECRET", name="secret", is_private=True, add=["U0ANN"])

    assert refused(slack.conversations_info, channel="G0SECRET") == "channel_not_found"
    assert slack.conversations_list(types="private_channel")["channels"] == []
    sandbox.channel("G0SECRET", add=["U0CHATOPS"])
    assert slack.conversations_info(channel="G0SECRET")["channel"]["is_private"] is True


def test_a_history_of_a_channel_without_the_bot_is_closed(slack, refused):
    assert refused(slack.conversations_history, channel="C0RANDOM") == "not_in_channel"
    assert refused(slack.conversations_history, channel="C0NONE") == "channel_not_found"
    assert refused(slack.conversations_replies, channel="C0OPS", ts="1.2") == "thread_not_found"


def test_direct_messages_are_opened_by_user(slack, refused):
    assert slack.conversations_open(users="U0DANA")["channel"]["id"] == "D0DANA"
    assert slack.conversations_open(users=["U0DANA"], return_im=True)["channel"]["user"] == "U0DANA"
    assert refused(slack.conversations_open, users="U0NOBODY") == "user_not_found"
    assert refused(slack.conversations_open, users="") == "users_list_not_supplied"


def test_members_come_in_pages(slack):
    pages = [page["members"] for page in slack.conversations_members(channel="C0OPS", limit=3)]

    assert [member for page in pages for member in page] == ["U0CHATOPS", "U0ANN", "U0BOB", "U0DANA", "U0RIA"]


def test_people_show_who_is_a_stranger_a_guest_a_bot(slack, refused):
    eve, gus = slack.users_info(user="U0EVE")["user"], slack.users_info(user="U0GUS")["user"]

    assert (eve["team_id"], eve["is_stranger"]) == ("T0PARTNER", True)
    assert (gus["is_restricted"], gus["is_ultra_restricted"], "is_stranger" in gus) == (True, True, False)
    assert refused(slack.users_info, user="U0NOBODY") == "user_not_found"
    assert [m["name"] for m in slack.users_list()["members"] if m["is_bot"]] == ["chatops"]


def test_groups_name_their_members(slack, refused):
    groups = {group["handle"]: group for group in slack.usergroups_list(include_users=True)["usergroups"]}

    assert groups["releasers"]["users"] == ["U0ANN", "U0BOB", "U0RIA"]
    assert "users" not in slack.usergroups_list()["usergroups"][0]
    assert slack.usergroups_users_list(usergroup="S0LEADS")["users"] == ["U0BOB"]
    assert refused(slack.usergroups_users_list, usergroup="S0NONE") == "no_such_subteam"


def test_the_bot_and_the_team_introduce_themselves(slack):
    assert slack.bots_info(bot="B0CHATOPS")["bot"]["user_id"] == "U0CHATOPS"
    assert slack.team_info()["team"]["domain"] == "acme"
