using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Worker.Work;

/// <summary>Turns what an activity threw into a failure.</summary>
internal static class FailureFrom
{
    private const int NoSpace = 28;

    /// <param name="failsAlike">Whether the activity's inputs are all that it reads, so that what is wrong with them stays wrong.</param>
    public static Failure Exception(Exception thrown, bool failsAlike)
    {
        Exception e = Unwrap(thrown);
        return e switch
        {
            ActivityException known => new Failure(known.Kind, known.Code, known.Message) { IsFinal = known.Kind == FailureKind.User && failsAlike && !IsOfFiles(known) },
            OutOfMemoryException or InsufficientMemoryException => new Failure(
                FailureKind.Resource, "EXEC-010", "out of memory: " + e.Message + " Declare more under resources.memory, or use less"),
            IOException { HResult: NoSpace } => new Failure(FailureKind.Resource, "EXEC-011", "the disk is full: " + e.Message),
            IOException when e.Message.Contains("No space left on device", StringComparison.Ordinal) =>
                new Failure(FailureKind.Resource, "EXEC-011", "the disk is full: " + e.Message),
            _ => new Failure(FailureKind.User, "EXEC-031", $"{e.GetType().Name}: {e.Message} {Where(e)}".TrimEnd()),
        };
    }

    /// <summary>What the log says: for what a person can act on the reasons, for the unforeseen the whole exception.</summary>
    public static string Words(Exception thrown, Failure failure)
    {
        if (Unwrap(thrown) is not ActivityException known)
            return thrown.ToString();
        string words = $"error {failure.Code}: {failure.Message}";
        for (Exception? cause = known.InnerException; cause is not null; cause = cause.InnerException)
        {
            // Whoever explains a cause mostly repeats its words, as a sentence.
            if (!words.Contains(cause.Message.TrimEnd('.'), StringComparison.OrdinalIgnoreCase))
                words += $"{Environment.NewLine}  because: {cause.Message}";
        }
        return words;
    }

    // Parallel loops and reflection wrap what was thrown; one that tells nothing of its own is looked through.
    private static Exception Unwrap(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [Exception only] } => Unwrap(only),
        AggregateException all when all.InnerExceptions.FirstOrDefault(i => i is ActivityException) is Exception telling => telling,
        System.Reflection.TargetInvocationException { InnerException: Exception inner } => Unwrap(inner),
        _ => e,
    };

    // A disk that cannot be read or written now may be another time.
    private static bool IsOfFiles(Exception? e) => e is not null && (e is IOException or UnauthorizedAccessException || IsOfFiles(e.InnerException));

    private static string Where(Exception e) => e.StackTrace?.Split('\n', 2)[0].Trim() is { Length: > 0 } place ? $"({place}; the log has the rest)" : "";
}
