namespace MLPlatform.Core.Experiments;

/// <summary>A model that a program logged, registered or not, as newer tracking clients keep it.</summary>
/// <param name="Json">What the client sent and was told, as its protocol has it.</param>
public sealed record LoggedModel(string Id, long Experiment, string Json);

/// <summary>Logged models. Refusals are <see cref="TrackingException"/>s.</summary>
public interface ILoggedModelStore
{
    Task PutAsync(LoggedModel model, CancellationToken cancel);

    Task<LoggedModel?> FindAsync(string id, CancellationToken cancel);

    /// <summary>Those of the experiments, the youngest first within each.</summary>
    Task<IReadOnlyList<LoggedModel>> ListAsync(IReadOnlyCollection<long> experiments, CancellationToken cancel);

    /// <summary>Changes the JSON, one change at a time.</summary>
    Task<LoggedModel> ChangeAsync(string id, Func<string, string> change, CancellationToken cancel);
}
