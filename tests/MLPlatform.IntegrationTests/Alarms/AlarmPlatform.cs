using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>A platform that looks at alarms and tells a receiver, with hardly any pauses.</summary>
public sealed class AlarmPlatform : TestPlatform, IAsyncLifetime
{
    private readonly ChannelReceiver _receiver = new();

    internal ChannelReceiver Receiver => _receiver;

    protected override bool IsEmbedded => false;

    protected override Dictionary<string, string?> Overrides => new()
    {
        ["Alarms:Recheck"] = "00:00:00.300",
        ["Alarms:Breath"] = "00:00:00.010",
        ["Alarms:GroupWait"] = "00:00:00.050",
        ["Alarms:FirstRetry"] = "00:00:00.050",
        ["Alarms:LongestRetry"] = "00:00:00.200",
        ["Alarms:SilentAgentsTo:0"] = "hook",
        ["Alarms:IdleWorkspacesTo:0"] = "hook",
        ["Alarms:Link"] = "http://ml.example",
        ["Alarms:Channels:hook:Type"] = "webhook",
        ["Alarms:Channels:hook:Url"] = _receiver.Address + "/hook",
        ["Alarms:Channels:hook:Secret"] = "s3cret",
        ["Alarms:Channels:boss:Type"] = "feishu",
        ["Alarms:Channels:boss:Url"] = _receiver.Address + "/boss",
        ["Alarms:Channels:ding:Type"] = "dingTalk",
        ["Alarms:Channels:ding:Url"] = _receiver.Address + "/ding?access_token=t0ken",
        ["Alarms:Channels:ding:Secret"] = "SEC",
        ["Alarms:Channels:wrong:Type"] = "weCom",
        ["Alarms:Channels:wrong:Url"] = _receiver.Address + "/wrong?key=t0ken",
        ["Alarms:Channels:slack:Type"] = "slack",
        ["Alarms:Channels:slack:Url"] = _receiver.Address + "/services/T/B/t0ken",
        ["Alarms:Channels:prometheus:Type"] = "alertmanager",
        ["Alarms:Channels:prometheus:Url"] = _receiver.Address,
        ["Alarms:Channels:prometheus:Token"] = "am-token",
    };

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await _receiver.StartAsync();
        await InitializeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        await _receiver.DisposeAsync();
    }
}
