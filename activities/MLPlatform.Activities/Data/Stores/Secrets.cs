namespace MLPlatform.Activities.Data.Stores;

/// <summary>Reads secrets where a location says they are. What it reads is never part of a message.</summary>
internal static class Secrets
{
    /// <param name="what">What it is for, for messages.</param>
    /// <param name="usual">The environment variable to look in where the location says nothing, or null.</param>
    /// <returns>The secret, or null where the location names none and the usual variable is not set.</returns>
    public static string? Find(SecretRef? reference, string what, string? usual = null)
    {
        if (reference is null)
            return usual is null ? null : NullIfEmpty(Environment.GetEnvironmentVariable(usual));
        if ((reference.Env is null) == (reference.File is null))
            throw StoreErrors.Location($"The {what} needs either env or file.");
        if (reference.Env is { } name)
            return NullIfEmpty(Environment.GetEnvironmentVariable(name))
                ?? throw StoreErrors.Secret($"The {what} is to be in the environment variable '{name}', which is not set for the workers. Set it where the server is started, and start it again.");
        try
        {
            return NullIfEmpty(File.ReadAllText(reference.File!).TrimEnd('\r', '\n'))
                ?? throw StoreErrors.Secret($"The {what} is to be in the file '{reference.File}', which is empty.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw StoreErrors.Secret($"The {what} is to be in the file '{reference.File}', which cannot be read: {problem.Message}");
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
