mod sgd;
