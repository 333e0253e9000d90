using Microsoft.Extensions.Options;

namespace MLPlatform.Server.Alarms;

/// <summary>A channel that cannot work stops the start, also one whose settings the binder passes over in silence because they cannot be read.</summary>
internal sealed class ChannelRules(IConfiguration configuration) : IValidateOptions<AlarmDeliveryOptions>
{
    private static readonly string[] Types = [.. Enum.GetValues<ChannelType>().Where(t => t != ChannelType.None).Select(t => char.ToLowerInvariant($"{t}"[0]) + $"{t}"[1..])];

    public ValidateOptionsResult Validate(string? name, AlarmDeliveryOptions options)
    {
        List<string> wrong = [.. options.Channels.Select(c => (c.Key, Problem: c.Value.Problem())).Where(c => c.Problem is not null)
            .Select(c => $"ALARM-030: Alarms:Channels:{c.Key}: {c.Problem}.")];
        wrong.AddRange(configuration.GetSection("Alarms:Channels").GetChildren().Where(c => !options.Channels.ContainsKey(c.Key))
            .Select(c => $"ALARM-030: Alarms:Channels:{c.Key} cannot be read: Type is one of {string.Join(", ", Types)}, Port a number, Security none, startTls or tls."));
        return wrong.Count > 0 ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }
}
