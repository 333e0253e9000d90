using System.Globalization;
using MLPlatform.Server.Lineage;

namespace MLPlatform.Cli.Lineage;

/// <summary>How sending OpenLineage events stands, for people.</summary>
internal static class SendingText
{
    public static void Write(SendingView sending)
    {
        if (sending.To is null)
        {
            Console.WriteLine("No events are sent: the setting OpenLineage:Url names no receiver.");
            return;
        }
        Console.WriteLine($"Events go to {sending.To}; the last one was taken {(sending.TookAt is { } at ? Print.Time(at) : "before this server started, or never")}.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sending.Waiting} runs have or may have more to send{(sending.Oldest is { } oldest ? $", the oldest since {Print.Time(oldest)}" : "")}."));
        if (sending.Problem is { } problem)
            Console.WriteLine($"The receiver did not take an event at {Print.Time(sending.ProblemAt!.Value)}: {Print.Harmless(problem)}. Nothing is lost (LINE-010).");
        if (sending.Failing.Count > 0)
            Print.Table(["RUN", "TRIES", "NEXT TRY"], sending.Failing.Select(f => new[] { f.Run.ToString(), f.Tries.ToString(CultureInfo.InvariantCulture), f.NextAt is { } next ? Print.Time(next) : "now" }));
    }
}
