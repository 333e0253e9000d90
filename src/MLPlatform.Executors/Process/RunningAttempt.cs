using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>What an attempt's folder tells while it runs.</summary>
public static class RunningAttempt
{
    /// <summary>How far it is, as it says itself; nulls where it does not.</summary>
    public static (double? Fraction, string? Message) Progress(string home, AttemptId attempt)
    {
        string file = Path.Combine(AttemptFiles.Folder(home, attempt), AttemptFiles.Progress);
        try
        {
            if (AttemptFolder.IsSmall(file) && JsonSerializer.Deserialize<Told>(File.ReadAllBytes(file), JsonSerializerOptions.Web) is { } told)
                return (told.Fraction is >= 0 and <= 1 ? told.Fraction : null, told.Message is { Length: > LongestMessage } words ? words[..LongestMessage] : told.Message);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // The attempt writes it in its own way and time; half a file only means that the next look shows more.
            return default;
        }
        return default;
    }

    /// <summary>What its processes use, as last seen; null where nobody looked yet.</summary>
    public static AttemptUsage? Usage(string home, AttemptId attempt) => AttemptFolder.ReadUsage(AttemptFiles.Folder(home, attempt));

    private const int LongestMessage = 500;

    private sealed record Told(double? Fraction, string? Message);
}
