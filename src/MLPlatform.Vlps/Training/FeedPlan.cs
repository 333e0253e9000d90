namespace MLPlatform.Vlps.Training;

/// <summary>
/// Who reads and encodes. Threads that train meet after every step, so one that has to share its core holds up all others: where
/// there are cores that do not train, those read ahead; where there are none, all threads read together between two blocks.
/// </summary>
internal static class FeedPlan
{
    // Reading and encoding takes less than a fourth of what training does, for the models that learn fastest.
    private const int TrainersOfAFeeder = 4;

    /// <param name="trainers">Threads that train.</param>
    /// <param name="cores">Cores of the machine.</param>
    /// <returns>How many threads read, and whether they do while others train.</returns>
    public static (int Feeders, bool Ahead) For(int trainers, int cores) =>
        cores > trainers ? (Math.Min(cores - trainers, (trainers + TrainersOfAFeeder - 1) / TrainersOfAFeeder), true) : (Math.Min(trainers, cores), false);
}
