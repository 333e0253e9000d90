using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MLPlatform.Server.Alarms;
using Xunit;

namespace MLPlatform.Tests.Alarms;

public class ChannelSettingsTests
{
    [Theory]
    [InlineData("Type", "slak", "cannot be read: Type is one of webhook, email")]
    [InlineData("Type", "email", "email needs Host")]
    [InlineData("Url", "http://ok.example", "it has no Type")]
    public void A_channel_that_cannot_work_stops_the_start_and_says_why(string setting, string value, string why)
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => Read(($"Alarms:Channels:oncall:{setting}", value)));
        Assert.StartsWith("ALARM-030", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("hooks.slack.com")]
    public void An_address_that_is_no_web_address_is_refused_without_being_shown(string url) => Assert.DoesNotContain(
        url, Assert.Throws<OptionsValidationException>(() => Read(("Alarms:Channels:oncall:Type", "slack"), ("Alarms:Channels:oncall:Url", url))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_complete_channel_is_taken_however_its_type_is_cased() =>
        Assert.Equal(ChannelType.DingTalk, Read(("Alarms:Channels:oncall:Type", "dingTalk"), ("Alarms:Channels:oncall:Url", "https://x.example")).Channels["oncall"].Type);

    private static AlarmDeliveryOptions Read(params (string Key, string Value)[] settings)
    {
        ServiceCollection services = new();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build());
        services.AddAlarms(run: false);
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<AlarmDeliveryOptions>>().Value;
    }
}
