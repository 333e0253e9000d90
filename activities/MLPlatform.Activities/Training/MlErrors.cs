using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Vlps;

namespace MLPlatform.Activities.Training;

/// <summary>What the activities of features, training, evaluation and registry say when they cannot go on; docs/diagnostics/ml.md lists the codes.</summary>
internal static class MlErrors
{
    public static ActivityException Bad(string code, string message, Exception? inner = null) => new(code, message, FailureKind.User, inner);

    /// <summary>Runs work of the training library and gives its problems their codes.</summary>
    public static T Explained<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (VlpsException problem)
        {
            throw Bad(problem.Code, Sentence(problem.Message), problem);
        }
        catch (OutOfMemoryException problem)
        {
            throw new ActivityException("ML-011",
                "The attempt ran out of memory. Declare more resources.memory, or lower dim.", FailureKind.Resource, problem);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    /// <summary>The same for long work, off the caller's thread.</summary>
    public static Task<T> ExplainedAsync<T>(Func<T> work, CancellationToken cancel) => Task.Run(() => Explained(work), cancel);

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + (text[^1] is '.' or '?' or '!' ? "" : ".");
}
