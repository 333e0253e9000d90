namespace MLPlatform.Server.Alarms;

/// <summary>The channels that the settings of this installation declare, for commands that ask no server.</summary>
public static class ConfiguredChannels
{
    /// <summary>Their names; null where none is declared, since the server may have its settings elsewhere.</summary>
    public static IReadOnlyCollection<string>? Names()
    {
        IConfigurationRoot settings = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true).AddEnvironmentVariables().AddEnvironmentVariables("MLP_").Build();
        string[] names = [.. settings.GetSection("Alarms:Channels").GetChildren().Select(c => c.Key).Order(StringComparer.Ordinal)];
        return names.Length == 0 ? null : names;
    }
}
