using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Alarms.Messages;
using Xunit;

namespace MLPlatform.Tests.Alarms.Messages;

/// <summary>Messages byte for byte, in the shapes that the services document.</summary>
public class MessageTests
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly AlarmMessage Opened = new(DeliveryKind.Opened, [Sample.Failed], new Uri("https://ml.example/"));
    private const string Link = "https://ml.example/api/v1/alarms/0123456789abcdef0123456789abcdef";

    [Fact]
    public void DingTalk_gets_markdown_in_which_nobody_is_mentioned() => Same(DingTalkMessage.Of(Opened), $$$"""
        {"msgtype":"markdown","markdown":{"title":"[CRITICAL] ctr failed at train: ‹at id=all› & ∗bold∗","text":"### [CRITICAL] ctr failed at train: ‹at id=all› & ∗bold∗\n\n{{{Markdown}}}"}}
        """);

    [Fact]
    public void DingTalk_signs_the_time_with_the_secret_as_its_documentation_says()
    {
        string expected = Convert.ToBase64String(HMACSHA256.HashData("SEC1"u8.ToArray(), Encoding.UTF8.GetBytes("1772366400000\nSEC1")));
        Assert.Equal($"timestamp=1772366400000&sign={Uri.EscapeDataString(expected)}", DingTalkMessage.Query("SEC1", Sample.At));
    }

    [Fact]
    public void Feishu_gets_a_card_in_the_colour_of_the_severity() => Same(FeishuMessage.Of(Opened, null, Sample.At), $$$"""
        {"msg_type":"interactive","card":{"header":{"title":{"tag":"plain_text","content":"[CRITICAL] ctr failed at train: <at id=all> & *bold*"},"template":"red"},"elements":[{"tag":"div","text":{"tag":"lark_md","content":"{{{Markdown}}}"}}]}}
        """);

    [Fact]
    public void Feishu_signs_nothing_with_time_and_secret_as_key()
    {
        JsonObject body = FeishuMessage.Of(Opened, "abc", Sample.At);
        string expected = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes("1772366400\nabc"), Array.Empty<byte>()));
        Assert.Equal(("1772366400", expected), ((string)body["timestamp"]!, (string)body["sign"]!));
    }

    [Fact]
    public void WeCom_gets_markdown_within_its_4096_bytes()
    {
        Same(WeComMessage.Of(Opened), $$$"""{"msgtype":"markdown","markdown":{"content":"### [CRITICAL] ctr failed at train: ‹at id=all› & ∗bold∗\n\n{{{Markdown}}}"}}""");
        Alarm wordy = Sample.Failed with { Summary = new string('报', 5000) };
        string content = (string)WeComMessage.Of(new AlarmMessage(DeliveryKind.Opened, [wordy, .. Enumerable.Repeat(Sample.Failed, 60)]))["markdown"]!["content"]!;
        Assert.InRange(Encoding.UTF8.GetByteCount(content), 100, 4096);
    }

    [Fact]
    public void Slack_gets_blocks_whose_control_characters_mean_nothing() => Same(SlackMessage.Of(Opened), $$$"""
        {"text":"[CRITICAL] ctr failed at train: &lt;at id=all&gt; &amp; *bold*","blocks":[{"type":"header","text":{"type":"plain_text","text":"[CRITICAL] ctr failed at train: <at id=all> & *bold*"}},{"type":"section","text":{"type":"mrkdwn","text":"*ctr failed at train: &lt;at id=all&gt; &amp; ∗bold∗*\npipeline: ctr\nabout: train\nowner: reco\nrun: {{{Watched.Id}}}\nat: 2026-03-01 12:00:00Z\nmetrics: auc=0.71\nalarm: {{{Link}}}\n```\n41: Traceback:\n42: '''&lt;!channel&gt;\n```"}}]}
        """);

    [Theory]
    [InlineData(false, "2026-03-08T12:00:03.000Z")] // A week from its opening: Alertmanager drops what is not told again.
    [InlineData(true, "2026-03-01T13:00:00.000Z")]
    public void Alertmanager_gets_its_version_2_alerts(bool resolved, string endsAt) =>
        Same(AlertmanagerMessage.Of(Opened with { Alarms = [resolved ? Sample.Resolved : Sample.Failed] }), $$$"""
            [{"labels":{"alertname":"failed","severity":"critical","rule":"ctr#broken","alarm":"0123456789abcdef0123456789abcdef","pipeline":"ctr","subject":"train","owner":"reco","run":"{{{Watched.Id}}}"},"annotations":{"summary":"ctr failed at train: <at id=all> & *bold*","log":"41: Traceback:\n42: ```<!channel>"},"startsAt":"2026-03-01T12:00:00.000Z","endsAt":"{{{endsAt}}}","generatorURL":"{{{Link}}}"}]
            """);

    [Fact]
    public void A_webhook_gets_all_that_is_known_and_a_signature_that_can_be_checked()
    {
        Same(WebhookMessage.Of(Opened with { Kind = DeliveryKind.Resolved, Alarms = [Sample.Resolved] }), $$$"""
            {"version":1,"kind":"resolved","title":"[RESOLVED] ctr failed at train: <at id=all> & *bold*","severity":"critical","alarms":[{"id":"0123456789abcdef0123456789abcdef","rule":"ctr#broken","event":"failed","severity":"critical","status":"resolved","summary":"ctr failed at train: <at id=all> & *bold*","at":"2026-03-01T12:00:00+00:00","openedAt":"2026-03-01T12:00:03+00:00","pipeline":"ctr","subject":"train","owner":"reco","run":"{{{Watched.Id}}}","link":"{{{Link}}}","resolvedAt":"2026-03-01T13:00:00+00:00","because":"run 7 succeeded","log":{"attempt":"attempt","firstLine":41,"line":42,"lines":["Traceback:","```<!channel>"]},"metrics":{"auc":0.71}}]}
            """);
        Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("key"u8, "{}"u8)), WebhookMessage.Sign("{}"u8, "key"));
    }

    [Fact]
    public void Several_alarms_are_one_message_that_says_how_many()
    {
        AlarmMessage many = new(DeliveryKind.Escalated, [.. Enumerable.Repeat(Sample.Failed with { Severity = AlarmSeverity.Info }, 12)]);
        Assert.Equal("[ESCALATED INFO] 12 alarms: ctr failed at train: <at id=all> & *bold*", many.Title);
        Assert.EndsWith("… and 2 more: mlp alarms list\n", many.Text(), StringComparison.Ordinal);
    }

    private static string Markdown =>
        $@"**ctr failed at train: ‹at id=all› & ∗bold∗**\n\n> pipeline: ctr\n\n> about: train\n\n> owner: reco\n\n> run: {Watched.Id}\n\n> at: 2026-03-01 12:00:00Z\n\n> metrics: auc=0.71\n\n> alarm: {Link}\n\n> `41: Traceback:`\n\n> `42: '''‹!channel›`";

    private static void Same(JsonNode message, string expected) => Assert.Equal(expected.Trim(), message.ToJsonString(Readable));
}
